package sample

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// WithObserved returns d, its posterior means unchanged, with an observation of any
// A and error for DiffPIR, which then finds its minima by L-BFGS. A must have the
// method Pull of package guide, which stores A'(x_i)ᵀ v_i in row i of dst. It is an
// sde.PerRow, so that observations stay with their rows: o.Y has one row, or one for
// each row of the batch.
//
// For a linear A and a normal error WithMeasured does the same in closed form, and
// more methods take it.
func WithObserved(d sde.Denoiser, o Observed) (sde.Denoiser, error) {
	if o.A == nil || o.Y == nil || o.Error == nil {
		return nil, errors.New("sample: an observation needs A, Y and Error")
	}
	if _, ok := o.A.(puller); !ok {
		return nil, errors.New("sample: an observation to be restored by needs the derivative of A: the method Pull")
	}
	dim, m := o.A.Dims()
	if dim != d.Dim() {
		return nil, fmt.Errorf("sample: A takes rows of %d, the model has %d", dim, d.Dim())
	}
	if _, c := o.Y.Dims(); c != m {
		return nil, fmt.Errorf("sample: Y has %d numbers, A gives %d", c, m)
	}
	if i := numeric.NonFinite(o.Y); i >= 0 {
		return nil, fmt.Errorf("sample: observation %d is infinite or NaN", i)
	}
	return &observed{Denoiser: d, o: o}, nil
}

type puller interface {
	Pull(dst, x, v *mat.Dense) error
}

type observed struct {
	sde.Denoiser
	o   Observed
	err error // of a restriction to rows that have no observation
}

var _ sde.PerRow = (*observed)(nil)

func (p *observed) Unwrap() sde.Denoiser { return p.Denoiser }

// Rows implements sde.PerRow.
func (p *observed) Rows(idx []int) sde.Denoiser {
	q := &observed{restrict(p.Denoiser, idx), p.o, p.err}
	if n, m := p.o.Y.Dims(); n > 1 {
		if slices.Max(idx) >= n {
			q.err = fmt.Errorf("observations of %d rows for row %d", n, slices.Max(idx))
			return q
		}
		q.o.Y = mat.NewDense(len(idx), m, nil)
		gatherRows(q.o.Y, p.o.Y, idx)
	}
	return q
}

// observedOf returns the observation of d, or nil.
func observedOf(d sde.Denoiser) *observed {
	for {
		switch p := d.(type) {
		case *observed:
			return p
		case interface{ Unwrap() sde.Denoiser }:
			d = p.Unwrap()
		default:
			return nil
		}
	}
}

// descent finds, row by row, minima of
//
//	-log p(y|A(x')) + |x' - x|²/(2v),
//
// in the coordinates (x' - x)/√v, in which the second part has unit curvature.
type descent struct {
	*observed
	opt         *lbfgs
	u           []float64
	at, g, a, e *mat.Dense // one row: x', its gradient, A(x') and ∂ log p/∂A
	center, y   []float64
	scale       float64
}

// descentTolerance is the length of the gradient at which a minimum is one.
const descentTolerance = 1e-8

func newDescent(p *observed, n int) (*descent, error) {
	if p.err != nil {
		return nil, p.err
	}
	if r, _ := p.o.Y.Dims(); r != 1 && r != n {
		return nil, fmt.Errorf("observations of %d rows for %d", r, n)
	}
	d, m := p.o.A.Dims()
	return &descent{
		observed: p, opt: newLBFGS(d), u: make([]float64, d),
		at: mat.NewDense(1, d, nil), g: mat.NewDense(1, d, nil), a: mat.NewDense(1, m, nil), e: mat.NewDense(1, m, nil),
	}, nil
}

// prox moves the rows of x to minima.
func (c *descent) prox(x *mat.Dense, v float64) error {
	n, _ := x.Dims()
	c.scale = math.Sqrt(v)
	for i := range n {
		c.center, c.y = x.RawRowView(i), c.o.Y.RawRowView(0)
		if r, _ := c.o.Y.Dims(); r > 1 {
			c.y = c.o.Y.RawRowView(i)
		}
		clear(c.u)
		if err := c.opt.minimise(c.u, descentTolerance, c); err != nil {
			return &rowError{i, err}
		}
		for j, u := range c.u {
			c.center[j] += c.scale * u
		}
	}
	return nil
}

// value implements objective.
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
	if err := c.o.A.(puller).Pull(c.g, c.at, c.e); err != nil {
		return 0, err
	}
	for j, v := range c.g.RawRowView(0) {
		g[j] = u[j] - c.scale*v
	}
	return sum, nil
}
