package sample

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// WithKnown returns d, its posterior means unchanged, with the values of some
// coordinates for the methods that put them into the trajectories: Replacement
// and RePaint. It is an sde.PerRow, so that the values stay with their rows.
func WithKnown(d sde.Denoiser, k Known) (sde.Denoiser, error) {
	if err := k.check(d.Dim()); err != nil {
		return nil, err
	}
	return &partial{Denoiser: d, known: k}, nil
}

type partial struct {
	sde.Denoiser
	known Known
	err   error // of a restriction to rows that have no values
}

var _ sde.PerRow = (*partial)(nil)

func (p *partial) Unwrap() sde.Denoiser { return p.Denoiser }

// Rows implements sde.PerRow.
func (p *partial) Rows(idx []int) sde.Denoiser {
	q := &partial{restrict(p.Denoiser, idx), p.known, p.err}
	if n, m := p.known.Values.Dims(); n > 1 {
		if slices.Max(idx) >= n {
			q.err = fmt.Errorf("known values of %d rows for row %d", n, slices.Max(idx))
			return q
		}
		q.known.Values = mat.NewDense(len(idx), m, nil)
		gatherRows(q.known.Values, p.known.Values, idx)
	}
	return q
}

// knownOf returns the part of d that has known values, or nil.
func knownOf(d sde.Denoiser) *partial {
	for {
		switch p := d.(type) {
		case *partial:
			return p
		case interface{ Unwrap() sde.Denoiser }:
			d = p.Unwrap()
		default:
			return nil
		}
	}
}

// painter puts known values into states.
type painter struct {
	sched sde.Schedule
	known *Known
	z     *mat.Dense // n×m
	err   error
}

func newPainter(d sde.Denoiser, n int) painter {
	p := painter{sched: d.Schedule()}
	k := knownOf(d)
	if k == nil {
		p.err = errors.New("known values are missing: sample from WithKnown(model, values)")
		return p
	}
	p.known, p.err = &k.known, k.err
	if p.err == nil {
		p.err = p.known.covers(n, "rows")
	}
	p.z = mat.NewDense(n, len(p.known.Index), nil)
	return p
}

// paint sets the known coordinates of x, a state at time s, to draws of
//
//	N(α y, σ² - α² SD²),
//
// which is the law of α x_0 + σ z given x_0 when y = x_0 + SD z'. Where σ/α is
// below SD there is no such law: y says less than x does, which is left alone.
// The noise is that of the interval (t, s) and use.
func (p *painter) paint(x *mat.Dense, t, s float64, z sde.Noise, use int) {
	if !p.paints(s) {
		return
	}
	c := p.sched.Coeff(s)
	sd := math.Sqrt(math.Max(0, c.Sigma*c.Sigma-c.Alpha*c.Alpha*p.known.SD*p.known.SD))
	z.Normal(p.z, t, s, use)
	n, _ := x.Dims()
	for i := range n {
		row, e := x.RawRowView(i), p.z.RawRowView(i)
		for k, y := range p.known.row(i) {
			row[p.known.Index[k]] = c.Alpha*y + sd*e[k]
		}
	}
}

// paints reports whether known values are set at time s.
func (p *painter) paints(s float64) bool {
	c := p.sched.Coeff(s)
	return c.Sigma >= c.Alpha*p.known.SD
}
