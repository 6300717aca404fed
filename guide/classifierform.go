package guide

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// EpsilonForm is classifier guidance as published for DDIM (Dhariwal & Nichol 2021,
// alg. 2, arXiv:2105.05233): the noise that the denoiser predicts, ε = (x - α D)/σ,
// becomes
//
//	ε - σ Scale ∇_{x_t} log p(c|x_t),
//
// and D is what belongs to that. It is the rule of this package in other variables: rows
// differ from those of New(Prior, Guidance) by rounding errors alone, and the D of a
// network is kept as near to the data. At σ = 0 there is no noise to predict, and D is
// that of Prior. It is safe for concurrent use if Prior is.
type EpsilonForm struct {
	Prior    sde.Differentiable
	Guidance ClassifierGuidance

	pool sync.Pool // of arenas
}

var (
	_ sde.PerRow      = (*EpsilonForm)(nil)
	_ sde.Conditional = (*EpsilonForm)(nil)
)

func (f *EpsilonForm) Schedule() sde.Schedule { return f.Prior.Schedule() }
func (f *EpsilonForm) Dim() int               { return f.Prior.Dim() }

// Moments are those of Prior, or those of standardized data.
func (f *EpsilonForm) Moments() (mean, variance []float64) {
	return (&CFG{Cond: f.Prior, Uncond: f.Prior}).Moments()
}

// Known implements sde.Conditional.
func (f *EpsilonForm) Known(dst *mat.Dense) { sde.KnownValues(dst, f.Prior) }

func (f *EpsilonForm) Rows(idx []int) sde.Denoiser {
	return &EpsilonForm{Prior: sde.Restrict(f.Prior, idx).(sde.Differentiable), Guidance: f.Guidance.Rows(idx).(ClassifierGuidance)}
}

// Err returns why the guidance has no meaning on Prior, or nil.
func (f *EpsilonForm) Err() error {
	if err := sde.Err(f.Prior); err != nil {
		return err
	}
	if err := f.Guidance.Check(f.Prior); err != nil {
		return fmt.Errorf("guide: %w", err)
	}
	return nil
}

func (f *EpsilonForm) Caveats() []string {
	list := append([]string(nil), sde.Caveats(f.Prior)...)
	if _, note := f.Guidance.Exactness(f.Prior); note != "" {
		list = append(list, "ClassifierGuidance: "+note)
	}
	return list
}

func (f *EpsilonForm) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := f.Err(); err != nil {
		return err
	}
	for _, u := range t {
		if err := f.Guidance.checkTime(u); err != nil {
			return fmt.Errorf("guide: %w", err)
		}
	}
	n, d := x.Dims()
	a, _ := f.pool.Get().(*arena)
	if a == nil {
		a = new(arena)
	}
	a.used = 0
	defer f.pool.Put(a)
	g, logp := a.take(n, d), a.take(1, max(n, 1)).RawRowView(0)[:n]
	if err := f.Guidance.LogProbGrad(g, logp, x, t); err != nil {
		return err
	}
	if err := f.Prior.Denoise(dst, x, t); err != nil {
		return err
	}
	mean, variance, bounded := sde.Moments(f.Prior)
	if _, law := f.Prior.(sde.Law); law {
		bounded = false
	}
	eps, step := a.take(1, d).RawRowView(0), a.take(1, d).RawRowView(0)
	for i := range n {
		c := f.Schedule().Coeff(sde.Time(t, i))
		if c.Sigma == 0 {
			continue
		}
		clear(step)
		numeric.Axpy(step, f.Guidance.over().at(sde.Time(t, i)), g.RawRowView(i))
		row := dst.RawRowView(i)
		sde.Convert(eps, row, x.RawRowView(i), c, sde.X0, sde.Epsilon)
		ShiftEpsilon(eps, step, c)
		sde.Convert(row, eps, x.RawRowView(i), c, sde.Epsilon, sde.X0)
		for j := range row {
			if bounded {
				row[j] = withinSpan(row[j], mean[j], variance[j])
			}
		}
	}
	return nil
}
