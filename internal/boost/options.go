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
	for _, f := range []struct {
		name     string
		v        *int
		def      int
		min, max int
	}{
		{"Trees", &r.Trees, 100, 1, 1 << 20},
		{"Depth", &r.Depth, 6, 1, 64},
		{"Bins", &r.Bins, maxBins, 2, maxBins},
		{"Workers", &r.Workers, runtime.GOMAXPROCS(0), 1, 1 << 20},
	} {
		if *f.v == 0 {
			*f.v = f.def
		}
		if *f.v < f.min || *f.v > f.max {
			return r, fmt.Errorf("boost: %s is %d: give %d to %d, or 0 for %d", f.name, *f.v, f.min, f.max, f.def)
		}
	}
	for _, f := range []struct {
		name     string
		v        *float64
		def, max float64
	}{
		{"Rate", &r.Rate, 0.3, 1},
		{"Lambda", &r.Lambda, 1, math.MaxFloat64},
		{"Gamma", &r.Gamma, 0, math.MaxFloat64},
		{"MinChild", &r.MinChild, 1, math.MaxFloat64},
	} {
		if *f.v == 0 {
			*f.v = f.def
		}
		if !(*f.v >= 0 && *f.v <= f.max) {
			return r, fmt.Errorf("boost: %s is %g: give a number from 0 to %g; 0 means %g", f.name, *f.v, f.max, f.def)
		}
	}
	return r, nil
}
