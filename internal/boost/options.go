package boost

import (
	"fmt"
	"math"
	"runtime"
)

// Options of a fit. Zero values, and a nil pointer, take the defaults, which
// are xgboost's.
type Options struct {
	Trees    int     // boosting rounds; 0 means 100
	Depth    int     // greatest depth of a tree; 0 means 6
	Rate     float64 // shrinkage η of each tree; 0 means 0.3
	Lambda   float64 // L2 penalty λ on leaf values; 0 means 1
	Gamma    float64 // a split must gain more than this (without the paper's factor ½, as in xgboost)
	MinChild float64 // least sum of second derivatives in a leaf; 0 means 1
	Bins     int     // most bins of a column, 2 to 256; 0 means 256
	Workers  int     // goroutines; 0 means GOMAXPROCS; never changes a bit
}

func (o *Options) resolve() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	for _, err := range []error{
		setting("Trees", &r.Trees, 100, 1, 1<<20),
		setting("Depth", &r.Depth, 6, 1, 64),
		setting("Bins", &r.Bins, maxBins, 2, maxBins),
		setting("Workers", &r.Workers, runtime.GOMAXPROCS(0), 1, 1<<20),
		setting("Rate", &r.Rate, 0.3, 0, 1),
		setting("Lambda", &r.Lambda, 1, 0, math.MaxFloat64),
		setting("Gamma", &r.Gamma, 0, 0, math.MaxFloat64),
		setting("MinChild", &r.MinChild, 1, 0, math.MaxFloat64),
	} {
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// setting replaces 0 by a default, and errs outside of the range.
func setting[T int | float64](name string, v *T, byDefault, least, most T) error {
	if *v == 0 {
		*v = byDefault
	}
	if !(*v >= least && *v <= most) {
		return fmt.Errorf("boost: %s is %v: give %v to %v, or 0 for %v", name, *v, least, most, byDefault)
	}
	return nil
}
