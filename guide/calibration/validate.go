package calibration

import (
	"fmt"
	"math"
)

// mostTable bounds draws × replicas, of which a band makes a table.
const mostTable = 50_000_000

// Validate errs unless the numbers of the report can be drawn, as those of a report that was
// read from a file may not.
func (r *Report) Validate() error {
	if len(r.Columns) == 0 {
		return fmt.Errorf("calibration: no column")
	}
	if r.Replicas < 0 || r.Replicas == 0 && !(r.Rows > 0 && r.References > 0) {
		return fmt.Errorf("calibration: %d replicas, %g guided rows and %g of the truth: want replicas, or rows of both", r.Replicas, r.Rows, r.References)
	}
	for _, l := range r.Levels {
		if !(l > 0 && l < 1) {
			return fmt.Errorf("calibration: an interval of level %g: want one between 0 and 1", l)
		}
	}
	for _, list := range [][]Column{r.Columns, r.Fit} {
		for _, c := range list {
			if err := c.validate(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c Column) validate(r *Report) error {
	if n := len(c.Cover); n != 0 && n != len(r.Levels) {
		return fmt.Errorf("calibration: column %q has %d coverages, and there are %d levels", c.Name, n, len(r.Levels))
	}
	for _, v := range c.Cover {
		if !(v >= 0 && v <= 1+1e-9) {
			return fmt.Errorf("calibration: column %q has the coverage %g: want a share", c.Name, v)
		}
	}
	if r.Replicas > 0 {
		return c.ValidateRanks(r.Replicas, r.Draws)
	}
	if c.Curve == nil {
		return fmt.Errorf("calibration: column %q has no curve", c.Name)
	}
	return c.Curve.validate(c.Name)
}

func (v *Curve) validate(name string) error {
	if len(v.X) == 0 || len(v.X) != len(v.Y) {
		return fmt.Errorf("calibration: the curve of column %q has %d and %d numbers: want as many, and some", name, len(v.X), len(v.Y))
	}
	for k, x := range v.X {
		if !(x >= 0 && x <= 1 && math.Abs(v.Y[k]) <= 1+1e-9) {
			return fmt.Errorf("calibration: point %d of the curve of column %q is %g, %g: want shares", k+1, name, x, v.Y[k])
		}
	}
	return nil
}

// ValidateRanks errs unless c has a name and n ranks from 0 to draws, and no curve in their
// place.
func (c Column) ValidateRanks(n, draws int) error {
	switch {
	case c.Name == "":
		return fmt.Errorf("calibration: a column has no name")
	case n < 1 || draws < 1 || draws > mostTable/n:
		return fmt.Errorf("calibration: column %q has ranks of %d rows among %d draws: want positive numbers, whose product is at most %d", c.Name, n, draws, mostTable)
	case c.Curve != nil:
		return fmt.Errorf("calibration: column %q has a curve: want ranks", c.Name)
	case len(c.Ranks) != n:
		return fmt.Errorf("calibration: column %q has %d ranks: want %d", c.Name, len(c.Ranks), n)
	}
	for i, k := range c.Ranks {
		if k < 0 || k > draws {
			return fmt.Errorf("calibration: rank %d of column %q is %d: want one from 0 to %d", i+1, c.Name, k, draws)
		}
	}
	return nil
}
