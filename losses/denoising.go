package losses

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// Denoising is weighted denoising score matching over a schedule (Vincent
// 2011; Song et al. 2021, eq. 7, arXiv:2011.13456), stated on the denoiser:
//
//	t ~ Times    x_t = α x_0 + σ z    w = λ(t) ErrorScale(Target)² · factor(t)
//	loss = w |D(x_t, t) - x_0|²
//
// with the factor 1, or the correction of Times. It is a value, safe for
// concurrent use; call Validate once before the first Draw.
type Denoising struct {
	Sched   sde.Schedule
	Times   Times          // zero value: stratified uniform
	Weight  Weighting      // nil: EDM{}
	Target  Prediction     // what λ weighs the squared error of; empty: Weight.On()
	Control ControlVariate // zero value: off
	TMin    float64        // smallest time; zero: sde.MinTime(Sched)
	TMax    float64        // largest time; zero: 1
}

var _ Objective = Denoising{}

func (o Denoising) Schedule() sde.Schedule { return o.Sched }

// Span returns the range of times that are drawn.
func (o Denoising) Span() Span {
	return newSpan(o.Sched, cmp.Or(o.TMin, sde.MinTime(o.Sched)), cmp.Or(o.TMax, 1))
}

func (o Denoising) weighting() Weighting {
	if o.Weight == nil {
		return EDM{}
	}
	return o.Weight
}

func (o Denoising) target() Prediction {
	return cmp.Or(o.Target, o.weighting().On())
}

// RowWeight returns λ(t) ErrorScale(Target)², the weight of |D - x_0|² at the
// kernel c before any correction of Times.
func (o Denoising) RowWeight(c sde.Coeff) float64 {
	s := ErrorScale(o.target(), c)
	return o.weighting().Weight(c) * s * s
}

// Validate returns an error for a loss that cannot be drawn: an empty range of
// times, an unknown target, a law that does not fit the schedule, a weight that
// is not finite and non-negative at an end of the range.
func (o Denoising) Validate() error {
	if o.Sched == nil {
		return errors.New("losses: denoising needs a schedule")
	}
	s := o.Span()
	if err := s.check(); err != nil {
		return err
	}
	if err := o.Times.check(s); err != nil {
		return err
	}
	if _, err := ParsePrediction(string(o.Target)); err != nil {
		return err
	}
	if b := o.Control.Below; !(b >= 0) {
		return fmt.Errorf("losses: control variate below sigma = %g: want 0 (off) or more", b)
	}
	for _, u := range []float64{0, 1} {
		t, f := o.Times.At(s, u)
		if w := f * o.RowWeight(o.Sched.Coeff(t)); !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("losses: weighting %s is %g at t = %g: want a finite, non-negative number", o.weighting(), w, t)
		}
	}
	return nil
}

// Draw implements Objective. After the first call with a p, it allocates only
// for blocks larger than before. With a ControlVariate it panics if b cuts a
// pair of rows.
func (o Denoising) Draw(p *Problem, x *mat.Dense, b Batch) {
	n, d := x.Dims()
	b.check(n)
	p.Reset(n, d)
	pairs := o.Control.Below > 0
	o.Times.quantiles(p.T, b, pairs, p.random())
	s := o.Times.conditioned(o.Span())
	for i, u := range p.T {
		t, f := o.Times.At(s, u)
		p.T[i], p.C[i] = t, o.Sched.Coeff(t)
		p.Weight[i] = f * o.RowWeight(p.C[i])
	}
	if pairs {
		o.Control.pair(p, b)
	}
	perturb(p, x, b)
}

// perturb fills p.Target with the clean rows p.source of x, and p.X with their
// noisy versions at the times p.T. A row takes its noise from the stream of the
// first row of its pair, and turns its sign if it is not that row itself.
func perturb(p *Problem, x *mat.Dense, b Batch) {
	key := stream.NewKey(b.Seed, "losses/noise").At(uint64(b.Step))
	rng := p.random()
	for i, c := range p.C {
		j, sigma := i, c.Sigma
		if i > 0 && p.source[i] == p.source[i-1] {
			j, sigma = i-1, -c.Sigma
		}
		rng.Seek(key.At(uint64(b.First + j)))
		xt, target := p.X.RawRowView(i), p.Target.RawRowView(i)
		for k, v := range x.RawRowView(p.source[i]) {
			target[k] = v
			xt[k] = float64(c.Alpha*v) + float64(sigma*rng.NormFloat64())
		}
	}
}
