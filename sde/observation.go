package sde

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Observation is y = A(x_0) with the errors of Error. Y has one row for all
// samples, or one for each; in the latter case it stays with its rows through
// blocks and shards. It is not copied and must not be modified.
type Observation struct {
	A     Operator
	Y     *mat.Dense // 1×m or n×m
	Error Likelihood
	// Missing allows NaN in Y: a number that was not observed in that row.
	Missing bool
}

// Check errs if the parts do not fit each other or rows of dim coordinates.
func (o Observation) Check(dim int) error {
	if o.A == nil || o.Y == nil {
		return errors.New("an observation needs A and Y")
	}
	d, m := o.A.Dims()
	if d != dim {
		return fmt.Errorf("the operator takes rows of %d, the prior has rows of %d", d, dim)
	}
	if m == 0 {
		return errors.New("the operator observes nothing")
	}
	if c, ok := o.A.(interface{ check() error }); ok {
		if err := c.check(); err != nil {
			return err
		}
	}
	n, c := o.Y.Dims()
	if c != m {
		return fmt.Errorf("the observation Y has %d columns, the operator gives %d numbers", c, m)
	}
	if err := checkLikelihood(o.Error, m); err != nil {
		return err
	}
	valid := validator(o.Error)
	for i := range n {
		for j, y := range o.Y.RawRowView(i) {
			if math.IsNaN(y) && o.Missing {
				continue
			}
			if math.IsNaN(y) {
				return fmt.Errorf("observation Y, row %d, entry %d is NaN: set Missing if it was not observed", i, j)
			}
			if math.IsInf(y, 0) {
				return fmt.Errorf("observation Y, row %d, entry %d is %g", i, j, y)
			}
			if valid != nil {
				if err := valid(j, y); err != nil {
					return fmt.Errorf("observation Y, row %d, entry %d: %w", i, j, err)
				}
			}
		}
	}
	return nil
}

// Rows returns the observation restricted to the rows idx, in that order.
func (o Observation) Rows(idx []int) Observation {
	if n, _ := o.Y.Dims(); n == 1 {
		return o
	}
	_, m := o.Y.Dims()
	y := mat.NewDense(len(idx), m, nil)
	for i, r := range idx {
		y.SetRow(i, o.Y.RawRowView(r))
	}
	o.Y = y
	return o
}

// Row returns the observed numbers of row i, to be read only.
func (o Observation) Row(i int) []float64 {
	if n, _ := o.Y.Dims(); n == 1 {
		return o.Y.RawRowView(0)
	}
	return o.Y.RawRowView(i)
}
