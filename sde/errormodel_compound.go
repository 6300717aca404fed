package sde

import (
	"math"
)

// ErrorPerEntry gives every observed number an error of its own: entry j has the law
// number j, as its entry 0.
type ErrorPerEntry []Likelihood

func (l ErrorPerEntry) LogProb(j int, y, a, t float64) (logp, grad float64) {
	return l[j].LogProb(0, y, a, t)
}

func (l ErrorPerEntry) Precision(j int, y, a, t float64) float64 {
	return l[j].(LocallyGaussian).Precision(0, y, a, t)
}

// ScaledError multiplies the error of entry j by Scale[j]: log p(y|a) becomes that of
// y/s given a/s, less ln s. It needs an error that is added (not Poisson or
// Bernoulli).
type ScaledError struct {
	Error Likelihood
	Scale []float64
}

func (l ScaledError) LogProb(j int, y, a, t float64) (logp, grad float64) {
	return rescale(l.Error, l.Scale[j], j, y, a, t)
}

func (l ScaledError) Precision(j int, y, a, t float64) float64 {
	s := l.Scale[j]
	return l.Error.(LocallyGaussian).Precision(j, y/s, a/s, t) / (s * s)
}

// AnnealedError multiplies every error by Epsilon(t), which softens the observation
// early on (t = 1). Epsilon(0) must be 1, for there the target is decided.
type AnnealedError struct {
	Error   Likelihood
	Epsilon func(t float64) float64
}

func (l AnnealedError) LogProb(j int, y, a, t float64) (logp, grad float64) {
	return rescale(l.Error, l.Epsilon(t), j, y, a, t)
}

func (l AnnealedError) Precision(j int, y, a, t float64) float64 {
	s := l.Epsilon(t)
	return l.Error.(LocallyGaussian).Precision(j, y/s, a/s, t) / (s * s)
}

func rescale(l Likelihood, s float64, j int, y, a, t float64) (logp, grad float64) {
	logp, grad = l.LogProb(j, y/s, a/s, t)
	return logp - math.Log(s), grad / s
}

// MixtureError is the mixture Σ Weights[k] Parts[k] of error laws, such as a normal
// with a wide one for outliers. Weights sum to 1. Precision is the mean of the
// parts', weighted by their responsibilities for y.
type MixtureError struct {
	Weights []float64
	Parts   []Likelihood
}

func (l MixtureError) LogProb(j int, y, a, t float64) (logp, grad float64) {
	logp, grad, _ = l.eval(j, y, a, t, false)
	return logp, grad
}

func (l MixtureError) Precision(j int, y, a, t float64) float64 {
	_, _, w := l.eval(j, y, a, t, true)
	return w
}

// eval averages over the parts in one pass, with a running maximum.
func (l MixtureError) eval(j int, y, a, t float64, local bool) (logp, grad, precision float64) {
	top, sum := math.Inf(-1), 0.0
	for k, p := range l.Parts {
		lp, g := p.LogProb(j, y, a, t)
		if lp += math.Log(l.Weights[k]); math.IsInf(lp, -1) {
			continue
		}
		w := 0.0
		if local {
			w = p.(LocallyGaussian).Precision(j, y, a, t)
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
