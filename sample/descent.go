package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// descent finds, row by row, minima of
//
//	-log p(y|A(x')) + |x' - x|²/(2v),
//
// in the coordinates (x' - x)/√v, in which the second part has unit curvature.
type descent struct {
	o           sde.Observation
	opt         *lbfgs
	u           []float64
	at, g, a, e *mat.Dense // one row: x', its gradient, A(x') and ∂ log p/∂A
	center, y   []float64
	scale       float64
}

// descentTolerance is the length of the gradient at which the search stops.
const descentTolerance = 1e-8

func newDescent(o sde.Observation) *descent {
	d, m := o.A.Dims()
	return &descent{
		o: o, opt: newLBFGS(d), u: make([]float64, d),
		at: mat.NewDense(1, d, nil), g: mat.NewDense(1, d, nil), a: mat.NewDense(1, m, nil), e: mat.NewDense(1, m, nil),
	}
}

// prox moves the rows of x to minima.
func (c *descent) prox(x *mat.Dense, v float64) error {
	n, _ := x.Dims()
	c.scale = math.Sqrt(v)
	for i := range n {
		c.center, c.y = x.RawRowView(i), c.o.Row(i)
		clear(c.u)
		if err := c.opt.minimize(c.u, descentTolerance, c); err != nil {
			return &rowError{i, err}
		}
		for j, u := range c.u {
			c.center[j] += c.scale * u
		}
	}
	return nil
}

func (c *descent) value(u, g []float64) (float64, error) {
	at, e := c.at.RawRowView(0), c.e.RawRowView(0)
	for j, v := range u {
		at[j] = c.center[j] + c.scale*v
	}
	if err := c.o.A.Apply(c.a, c.at); err != nil {
		return 0, err
	}
	sum := 0.5 * numeric.Dot(u, u)
	for j, a := range c.a.RawRowView(0) {
		var l float64
		l, e[j] = c.o.Error.LogProb(j, c.y[j], a, 0)
		sum -= l
	}
	if err := c.o.A.(sde.Puller).Pull(c.g, c.at, c.e); err != nil {
		return 0, err
	}
	for j, v := range c.g.RawRowView(0) {
		g[j] = u[j] - c.scale*v
	}
	return sum, nil
}
