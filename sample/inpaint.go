package sample

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// inpainter puts known values into noisy states.
type inpainter struct {
	sched sde.Schedule
	known ValueCondition
	z     *mat.Dense // n×m
	err   error
}

func newInpainter(d sde.Denoiser, n int) inpainter {
	k, ok, err := conditionOf[ValueCondition](d, n)
	if !ok {
		return inpainter{err: errors.New("known values are missing: sample from ConditionOnValues(model, values)")}
	}
	return inpainter{d.Schedule(), k, mat.NewDense(n, len(k.Index), nil), err}
}

// inpaint sets the known coordinates of x, a state at time s, to draws of
//
//	N(α y, σ² - α² SD²),
//
// which is the law of α x_0 + σ z given x_0 when y = x_0 + SD z'. Where σ/α is
// below SD there is no such law: x then says more than y, and is left unchanged.
// The noise is that of the interval (t, s) and use.
func (p *inpainter) inpaint(x *mat.Dense, t, s float64, z sde.Noise, use int) {
	if !p.applies(s) {
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

func (p *inpainter) applies(s float64) bool {
	c := p.sched.Coeff(s)
	return c.Sigma >= c.Alpha*p.known.SD
}
