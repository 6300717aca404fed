package guide

import (
	"errors"
	"fmt"
	"math"
)

// PerEntry gives every observed number an error of its own: entry j has the law
// number j, as its entry 0.
type PerEntry []Likelihood

// LogProb implements Likelihood.
func (l PerEntry) LogProb(j int, y, a, t float64) (logp, grad float64) {
	return l[j].LogProb(0, y, a, t)
}

// Precision implements Local.
func (l PerEntry) Precision(j int, y, a, t float64) float64 {
	return l[j].(Local).Precision(0, y, a, t)
}

// Scaled multiplies the error of entry j by Scale[j]: log p(y|a) becomes that of
// y/s given a/s, less ln s. It needs an error that is added (not Poisson or
// Bernoulli).
type Scaled struct {
	Error Likelihood
	Scale []float64
}

// LogProb implements Likelihood.
func (l Scaled) LogProb(j int, y, a, t float64) (logp, grad float64) {
	return rescale(l.Error, l.Scale[j], j, y, a, t)
}

// Precision implements Local.
func (l Scaled) Precision(j int, y, a, t float64) float64 {
	s := l.Scale[j]
	return l.Error.(Local).Precision(j, y/s, a/s, t) / (s * s)
}

// Annealed multiplies every error by Epsilon(t), which softens the observation
// early on (t = 1) and must tend to 1 at t = 0, where the target is decided.
type Annealed struct {
	Error   Likelihood
	Epsilon func(t float64) float64
}

// LogProb implements Likelihood.
func (l Annealed) LogProb(j int, y, a, t float64) (logp, grad float64) {
	return rescale(l.Error, l.Epsilon(t), j, y, a, t)
}

// Precision implements Local.
func (l Annealed) Precision(j int, y, a, t float64) float64 {
	s := l.Epsilon(t)
	return l.Error.(Local).Precision(j, y/s, a/s, t) / (s * s)
}

func rescale(l Likelihood, s float64, j int, y, a, t float64) (logp, grad float64) {
	logp, grad = l.LogProb(j, y/s, a/s, t)
	return logp - math.Log(s), grad / s
}

// Mixed is the mixture Σ Weights[k] Parts[k] of error laws, such as a normal
// with a wide one for outliers. Weights sum to 1. Precision is the mean of the
// parts', weighted by their responsibilities for y.
type Mixed struct {
	Weights []float64
	Parts   []Likelihood
}

// LogProb implements Likelihood.
func (l Mixed) LogProb(j int, y, a, t float64) (logp, grad float64) {
	logp, grad, _ = l.eval(j, y, a, t, false)
	return logp, grad
}

// Precision implements Local.
func (l Mixed) Precision(j int, y, a, t float64) float64 {
	_, _, w := l.eval(j, y, a, t, true)
	return w
}

// eval averages over the parts in one pass, with a running maximum.
func (l Mixed) eval(j int, y, a, t float64, local bool) (logp, grad, precision float64) {
	top, sum := math.Inf(-1), 0.0
	for k, p := range l.Parts {
		lp, g := p.LogProb(j, y, a, t)
		if lp += math.Log(l.Weights[k]); math.IsInf(lp, -1) {
			continue
		}
		w := 0.0
		if local {
			w = p.(Local).Precision(j, y, a, t)
		}
		if lp > top {
			f := math.Exp(top - lp)
			sum, grad, precision, top = sum*f, grad*f, precision*f, lp
		}
		f := math.Exp(lp - top)
		sum += f
		grad += f * g
		precision += f * w
	}
	return top + math.Log(sum), grad / sum, precision / sum
}

func (l PerEntry) valid(j int, y float64) error {
	if v := validator(l[j]); v != nil {
		return v(0, y)
	}
	return nil
}

func (l PerEntry) check(m int) error {
	if len(l) != m {
		return fmt.Errorf("%d errors for %d observed numbers", len(l), m)
	}
	for _, p := range l {
		if err := checkLikelihood(p, 1); err != nil {
			return err
		}
	}
	return nil
}

func (l Scaled) check(m int) error {
	if len(l.Scale) != m {
		return fmt.Errorf("%d scales for %d observed numbers", len(l.Scale), m)
	}
	for _, s := range l.Scale {
		if err := positive("the scale of an error", s); err != nil {
			return err
		}
	}
	return checkAdded(l.Error, m, "scaled")
}

func (l Annealed) check(m int) error {
	if l.Epsilon == nil {
		return errors.New("an annealed error has no Epsilon")
	}
	for _, t := range [...]float64{0, 0.5, 1} {
		if err := positive(fmt.Sprintf("Epsilon(%g)", t), l.Epsilon(t)); err != nil {
			return err
		}
	}
	return checkAdded(l.Error, m, "annealed")
}

func (l Mixed) check(m int) error {
	if len(l.Parts) == 0 || len(l.Weights) != len(l.Parts) {
		return fmt.Errorf("%d weights for the %d parts of a mixed error", len(l.Weights), len(l.Parts))
	}
	sum := 0.0
	for k, p := range l.Parts {
		if n, ok := p.(Normal); ok && n.SD == 0 {
			return errors.New("a mixed error has a part without density, Normal with SD 0")
		}
		if err := checkLikelihood(p, m); err != nil {
			return err
		}
		if !(l.Weights[k] >= 0) {
			return fmt.Errorf("weight %d of a mixed error is %g", k, l.Weights[k])
		}
		sum += l.Weights[k]
	}
	if math.Abs(sum-1) > 1e-9 {
		return fmt.Errorf("the weights of a mixed error sum to %g, not 1", sum)
	}
	return nil
}

func checkAdded(l Likelihood, m int, how string) error {
	if err := checkLikelihood(l, m); err != nil {
		return err
	}
	if validator(l) != nil {
		return fmt.Errorf("%T has no scale and cannot be %s", l, how)
	}
	return nil
}

// checkLikelihood errs if l cannot be the error of m observed numbers.
func checkLikelihood(l Likelihood, m int) error {
	if l == nil {
		return errors.New("no error model: set Error, guide.Normal{SD: …} for one")
	}
	if c, ok := l.(interface{ check(m int) error }); ok {
		return c.check(m)
	}
	return nil
}

// validator returns what tells whether a number can be observed under l; nil if
// any can.
func validator(l Likelihood) func(j int, y float64) error {
	switch l := l.(type) {
	case interface{ valid(y float64) error }:
		return func(_ int, y float64) error { return l.valid(y) }
	case PerEntry:
		for _, p := range l {
			if validator(p) != nil {
				return l.valid
			}
		}
	case Mixed:
		for _, p := range l.Parts {
			if v := validator(p); v != nil {
				return v
			}
		}
	}
	return nil
}

// normal reports whether every error under l is normal with a variance that does
// not depend on t, and local whether l has a Gaussian approximation.
func normal(l Likelihood) bool {
	switch l := l.(type) {
	case Normal:
		return true
	case Scaled:
		return normal(l.Error)
	case PerEntry:
		for _, p := range l {
			if !normal(p) {
				return false
			}
		}
		return true
	}
	return false
}

func local(l Likelihood) bool {
	switch l := l.(type) {
	case Scaled:
		return local(l.Error)
	case Annealed:
		return local(l.Error)
	case PerEntry:
		return allLocal(l)
	case Mixed:
		return allLocal(l.Parts)
	}
	_, ok := l.(Local)
	return ok
}

func allLocal(list []Likelihood) bool {
	for _, p := range list {
		if !local(p) {
			return false
		}
	}
	return true
}
