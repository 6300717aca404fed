package guide

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Posterior is a prior guided by terms:
//
//	D_guided = E[x_0|x_t] + σ²/α Σ_k g_k,   g_k ≈ ∇_{x_t} log p(y_k|x_t).
//
// By Tweedie's formula it is E[x_0|x_t, y] when the g_k are exact and the y_k
// independent given x_t. It is a Denoiser, so that every sampler takes it, and
// an sde.PerRow. Where σ is 0 it is the prior's: x_0 is known there.
//
// It is not Differentiable, for the derivative of a guide has second derivatives
// of the network in it; sde.ByDifferences makes it so where that is wanted.
type Posterior struct {
	prior   sde.Differentiable
	terms   []Term
	index   []int // rows of the batch that the terms were made for; nil means all
	err     error
	jac     bool
	observe func(Diagnostics)
	pool    *sync.Pool

	mean, variance []float64 // of the prior's coordinates; nil if it does not know them
}

var (
	_ sde.PerRow      = (*Posterior)(nil)
	_ sde.Conditional = (*Posterior)(nil)
)

// New returns the prior guided by terms. What makes no sense together is
// refused: Err, and every evaluation, returns the reason. It panics without a
// prior or with a nil term.
func New(prior sde.Differentiable, terms ...Term) *Posterior {
	if prior == nil {
		panic("guide: nil prior")
	}
	p := &Posterior{prior: prior, terms: append([]Term(nil), terms...), pool: newPool()}
	p.mean, p.variance, _ = sde.Moments(prior)
	refused := []error{sde.Err(prior)}
	for k, t := range terms {
		if t == nil {
			panic("guide: nil term")
		}
		d, ok := t.(JacobianUser)
		p.jac = p.jac || !ok || d.UsesJacobian()
		if c, ok := t.(PriorChecker); ok {
			if err := c.Check(prior); err != nil {
				refused = append(refused, fmt.Errorf("guide: term %d (%s): %w", k, name(t), err))
			}
		}
	}
	p.err = errors.Join(refused...)
	if p.err == nil {
		p.err = p.prepare()
	}
	return p
}

// prepare errs on observations without error that contradict each other or the prior,
// and lets the terms do what they do once.
func (p *Posterior) prepare() error {
	var seen []sde.Observation
	for k, t := range p.terms {
		if f, ok := t.(AffineScore); ok && f.Likelihood != nil {
			t = f.Likelihood
		}
		switch o := t.(type) {
		case MMPS:
			seen = append(seen, o.Observation)
		case PiGDM:
			seen = append(seen, o.Observation)
		}
		t = p.terms[k]
		if q, ok := t.(interface {
			prepared(prior sde.Differentiable) (Term, error)
		}); ok {
			var err error
			if p.terms[k], err = q.prepared(p.prior); err != nil {
				return fmt.Errorf("guide: term %d (%s): %w", k, name(t), err)
			}
		}
	}
	if err := sde.CheckObservations(p.prior, seen...); err != nil {
		return fmt.Errorf("guide: %w", err)
	}
	return nil
}

func newPool() *sync.Pool { return &sync.Pool{New: func() any { return new(workspace) }} }

// name is the type of a term without its package.
func name(t Term) string {
	s := fmt.Sprintf("%T", t)
	return s[strings.LastIndexByte(s, '.')+1:]
}

// Err returns why this combination is refused, or nil.
func (p *Posterior) Err() error { return p.err }

func (p *Posterior) Schedule() sde.Schedule { return p.prior.Schedule() }
func (p *Posterior) Dim() int               { return p.prior.Dim() }

// Moments are those of the prior, which samplers start from: at t = 1 the
// posterior differs by what is left of the signal. An unknown prior counts as
// standardized.
func (p *Posterior) Moments() (mean, variance []float64) {
	if p.variance != nil {
		return append(mean, p.mean...), append(variance, p.variance...)
	}
	mean, variance = make([]float64, p.Dim()), make([]float64, p.Dim())
	for j := range variance {
		variance[j] = 1
	}
	return mean, variance
}

// Known implements sde.Conditional: a guide leaves what the prior knows.
func (p *Posterior) Known(dst *mat.Dense) { sde.KnownValues(dst, p.prior) }

// Rows implements sde.PerRow: the conditions of the prior and the observations
// of the terms stay with their rows.
func (p *Posterior) Rows(idx []int) sde.Denoiser {
	q := *p
	q.index = make([]int, len(idx))
	for i, r := range idx {
		if q.index[i] = r; p.index != nil {
			q.index[i] = p.index[r]
		}
	}
	if r, ok := p.prior.(sde.PerRow); ok {
		d, ok := r.Rows(idx).(sde.Differentiable)
		if !ok {
			q.err = errors.Join(q.err, errors.New("guide: the prior, restricted to rows, cannot be differentiated"))
			return &q
		}
		q.prior = d
	}
	q.terms = make([]Term, len(p.terms))
	for k, t := range p.terms {
		if r, ok := t.(RowsTerm); ok {
			t = r.Rows(idx)
		}
		q.terms[k] = t
	}
	return &q
}

// Exactness is the verdict on the whole: that of the worst term, and Heuristic for
// more than one thing observed.
func (p *Posterior) Exactness() Exactness {
	worst := Exact
	for _, t := range p.terms {
		e, _ := exactnessOf(t, p.prior)
		worst = max(worst, e)
	}
	if p.dependent() {
		worst = Heuristic
	}
	return worst
}

// Caveats lists what is approximate about this guide on this prior, one sentence
// each with its remedy. It is empty when the guided denoiser is exact.
func (p *Posterior) Caveats() []string {
	list := append([]string(nil), sde.Caveats(p.prior)...)
	for _, t := range p.terms {
		if e, note := exactnessOf(t, p.prior); e != Exact {
			list = append(list, fmt.Sprintf("%s: %s: %s", name(t), e, note))
		}
	}
	if p.dependent() {
		list = append(list, "several terms guide as if what they stand for were independent given x_t, which it seldom is: put observations in one term with Stack, or weight particles (TDS)")
	}
	return list
}

// dependent reports whether more than one term stands for something observed.
func (p *Posterior) dependent() bool {
	n := 0
	for _, t := range p.terms {
		if _, ok := t.(LikelihoodTerm); ok {
			n++
		}
	}
	return n > 1
}
