package sde

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/internal/numeric"
)

func (l ErrorPerEntry) valid(j int, y float64) error {
	if v := validator(l[j]); v != nil {
		return v(0, y)
	}
	return nil
}

func (l ErrorPerEntry) check(m int) error {
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

func (l ScaledError) check(m int) error {
	if len(l.Scale) != m {
		return fmt.Errorf("%d scales for %d observed numbers", len(l.Scale), m)
	}
	for _, s := range l.Scale {
		if err := numeric.CheckPositive("the scale of an error", s); err != nil {
			return err
		}
	}
	return checkAdded(l.Error, m, "scaled")
}

func (l AnnealedError) check(m int) error {
	if l.Epsilon == nil {
		return errors.New("an annealed error has no Epsilon")
	}
	if e := l.Epsilon(0); !(math.Abs(e-1) < 1e-6) {
		return fmt.Errorf("the annealing Epsilon(0) is %g, want 1: the error that is meant belongs into Error", e)
	}
	for _, t := range [...]float64{0.5, 1} {
		if err := numeric.CheckPositive(fmt.Sprintf("the annealing Epsilon(%g)", t), l.Epsilon(t)); err != nil {
			return err
		}
	}
	return checkAdded(l.Error, m, "annealed")
}

func (l MixtureError) check(m int) error {
	if len(l.Parts) == 0 || len(l.Weights) != len(l.Parts) {
		return fmt.Errorf("%d weights for the %d parts of a mixed error", len(l.Weights), len(l.Parts))
	}
	sum := 0.0
	for k, p := range l.Parts {
		if n, ok := p.(NormalError); ok && n.SD == 0 {
			return errors.New("a mixed error has a part without density, NormalError with SD 0")
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
		return errors.New("no error model: set Error, sde.NormalError{SD: …} for one")
	}
	if c, ok := l.(interface{ check(m int) error }); ok {
		return c.check(m)
	}
	return nil
}

// validator tells whether a number can be observed under l; nil if any can.
func validator(l Likelihood) func(j int, y float64) error {
	switch l := l.(type) {
	case interface{ valid(y float64) error }:
		return func(_ int, y float64) error { return l.valid(y) }
	case ErrorPerEntry:
		for _, p := range l {
			if validator(p) != nil {
				return l.valid
			}
		}
	case MixtureError:
		for _, p := range l.Parts {
			if v := validator(p); v != nil {
				return v
			}
		}
	}
	return nil
}

// IsNormal reports whether every error under l is normal with a variance that does
// not depend on t.
func IsNormal(l Likelihood) bool {
	switch l := l.(type) {
	case NormalError:
		return true
	case ScaledError:
		return IsNormal(l.Error)
	case ErrorPerEntry:
		return all(l, IsNormal)
	}
	return false
}

// IsLocallyGaussian reports whether l, and every part of it, has a Gaussian
// approximation.
func IsLocallyGaussian(l Likelihood) bool {
	switch l := l.(type) {
	case ScaledError:
		return IsLocallyGaussian(l.Error)
	case AnnealedError:
		return IsLocallyGaussian(l.Error)
	case ErrorPerEntry:
		return all(l, IsLocallyGaussian)
	case MixtureError:
		return all(l.Parts, IsLocallyGaussian)
	}
	_, ok := l.(LocallyGaussian)
	return ok
}

func all[T any](list []T, f func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !f(v) })
}

// CheckDensity errs if l has no density, which is so for a normal error of
// standard deviation 0.
func CheckDensity(l Likelihood) error {
	switch l := l.(type) {
	case NormalError:
		if l.SD == 0 {
			return errors.New("an error with SD 0 has no density: use MMPS or PiGDM, which need none, or give it an SD")
		}
	case ScaledError:
		return CheckDensity(l.Error)
	case AnnealedError:
		return CheckDensity(l.Error)
	case ErrorPerEntry:
		for _, p := range l {
			if err := CheckDensity(p); err != nil {
				return err
			}
		}
	}
	return nil
}
