package sde

import (
	"errors"
	"fmt"
	"math"

	"tweedie/internal/numeric"
)

// Likelihood is the law of the observed numbers given their noise-free values,
// independent entry by entry. Implementations are values, safe for concurrent
// use. Correlated normal errors are made independent by whitening: with
// R = L Lᵀ observe L⁻¹y through L⁻¹A.
type Likelihood interface {
	// LogProb returns log p(y|a) of entry j in nats, with every constant, and
	// its derivative in a. t is the time of the trajectory, which only an
	// annealed error looks at.
	LogProb(j int, y, a, t float64) (logp, grad float64)
}

// LocallyGaussian is a Likelihood with a Gaussian approximation at a:
//
//	log p(y|a') ≈ const - (z - a')²/(2v),   v = 1/Precision, z = a + v grad,
//
// exact for NormalError. PiGDM and MMPS take other errors through it.
type LocallyGaussian interface {
	Likelihood
	// Precision returns 1/v > 0 of entry j.
	Precision(j int, y, a, t float64) float64
}

// NormalError is the error N(0, SD²). SD 0 means no error; PiGDM and MMPS take that,
// DPS, which needs a density, only in its norm form.
type NormalError struct{ SD float64 }

func (l NormalError) LogProb(_ int, y, a, _ float64) (logp, grad float64) {
	z := (y - a) / l.SD
	return -z*z/2 - math.Log(l.SD) - numeric.HalfLog2Pi, z / l.SD
}

func (l NormalError) Precision(int, float64, float64, float64) float64 { return 1 / (l.SD * l.SD) }

// StudentTError is Scale times a Student t variate with DF degrees of freedom: errors
// with outliers. Precision is that of its scale mixture given the residual,
// (DF+1)/(DF Scale² + r²), with which z is y.
type StudentTError struct{ Scale, DF float64 }

func (l StudentTError) LogProb(_ int, y, a, _ float64) (logp, grad float64) {
	r := y - a
	g1, _ := math.Lgamma((l.DF + 1) / 2)
	g0, _ := math.Lgamma(l.DF / 2)
	logp = g1 - g0 - math.Log(l.DF*math.Pi)/2 - math.Log(l.Scale) - (l.DF+1)/2*math.Log1p(r*r/(l.DF*l.Scale*l.Scale))
	return logp, r * l.Precision(0, y, a, 0)
}

func (l StudentTError) Precision(_ int, y, a, _ float64) float64 {
	return (l.DF + 1) / (l.DF*l.Scale*l.Scale + (y-a)*(y-a))
}

// LaplaceError is the error with density exp(-|e|/Scale)/(2 Scale). The derivative at
// 0 is 0. Precision is 1/(Scale·max(|r|, Scale)), a Huber weight: without the
// floor it would be infinite at r = 0.
type LaplaceError struct{ Scale float64 }

func (l LaplaceError) LogProb(_ int, y, a, _ float64) (logp, grad float64) {
	r := y - a
	logp = -math.Abs(r)/l.Scale - math.Log(2*l.Scale)
	switch {
	case r > 0:
		grad = 1 / l.Scale
	case r < 0:
		grad = -1 / l.Scale
	}
	return logp, grad
}

func (l LaplaceError) Precision(_ int, y, a, _ float64) float64 {
	return 1 / (l.Scale * math.Max(math.Abs(y-a), l.Scale))
}

// PoissonLikelihood is a count y with the rate exp(a): the operator gives the log rate,
// which may be any number. Precision is the Fisher information, the rate itself.
type PoissonLikelihood struct{}

func (PoissonLikelihood) LogProb(_ int, y, a, _ float64) (logp, grad float64) {
	g, _ := math.Lgamma(y + 1)
	r := math.Exp(a)
	return y*a - r - g, y - r
}

func (PoissonLikelihood) Precision(_ int, _, a, _ float64) float64 { return math.Exp(a) }

func (PoissonLikelihood) valid(y float64) error {
	if y < 0 || y != math.Trunc(y) {
		return fmt.Errorf("%g is not a count", y)
	}
	return nil
}

// BernoulliLikelihood is an outcome y, 0 or 1, with the probability 1/(1+exp(-a)) of 1:
// the operator gives the logit. Precision is the Fisher information p(1-p).
type BernoulliLikelihood struct{}

func (BernoulliLikelihood) LogProb(_ int, y, a, _ float64) (logp, grad float64) {
	if y == 0 {
		return -softplus(a), -sigmoid(a)
	}
	return -softplus(-a), sigmoid(-a)
}

func (BernoulliLikelihood) Precision(_ int, _, a, _ float64) float64 { return sigmoid(a) * sigmoid(-a) }

func (BernoulliLikelihood) valid(y float64) error {
	if y != 0 && y != 1 {
		return fmt.Errorf("%g is neither 0 nor 1", y)
	}
	return nil
}

func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func (l NormalError) check(int) error {
	if !(l.SD >= 0) || math.IsInf(l.SD, 1) {
		return fmt.Errorf("the standard deviation of the error is %g", l.SD)
	}
	return nil
}

func (l StudentTError) check(int) error {
	return errors.Join(numeric.CheckPositive("the scale of the error", l.Scale), numeric.CheckPositive("the degrees of freedom", l.DF))
}

func (l LaplaceError) check(int) error {
	return numeric.CheckPositive("the scale of the error", l.Scale)
}
