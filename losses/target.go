package losses

import (
	"fmt"
	"math"
	"strings"

	"tweedie/sde"
)

// Target names the quantity whose squared error a weighting weighs, by the
// names of sde.Target:
//
//	x0     D
//	eps    ε̂ = (x - αD)/σ         (Ho et al. 2020, arXiv:2006.11239)
//	score  s = (αD - x)/σ²        (Vincent 2011; Song et al. 2021)
//	v      v = α'D + σ'ε̂          (flow matching: Lipman et al. 2023, arXiv:2210.02747)
//
// with α', σ' the time derivatives. The empty Target is the one that a
// Weighting's own paper uses. For the v of Salimans & Ho 2022, αε̂ - σD, use the
// weighting EDM{1}: on α² + σ² = 1 it is exactly a weight of 1 on that v.
type Target string

// The targets.
const (
	X0    Target = "x0"
	Eps   Target = "eps"
	Score Target = "score"
	V     Target = "v"
)

// ParseTarget returns the target called s. The empty string is the empty
// Target.
func ParseTarget(s string) (Target, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if _, err := sde.ParseTarget(s); err != nil {
		return "", fmt.Errorf("losses: %w", err)
	}
	return Target(s), nil
}

// quantity returns q as package sde knows it. It panics for an unknown target.
func (q Target) quantity() sde.Target {
	switch q {
	case X0:
		return sde.X0
	case Eps:
		return sde.Epsilon
	case Score:
		return sde.Score
	case V:
		return sde.Velocity
	}
	panic("losses: unknown target")
}

// ErrorScale returns |∂q/∂D| for the target q at the kernel c, so that
//
//	|q̂ - q|² = ErrorScale² |D̂ - D|²
//
// for any two predictions at the same (x_t, t):
//
//	x0 1    eps α/σ    score α/σ²    v |α' - ασ'/σ|
//
// A loss stated with weight w on q is the loss with weight w ErrorScale² on D.
// c.Sigma must be positive for all but X0. It panics for an unknown target.
func ErrorScale(q Target, c sde.Coeff) float64 {
	_, scale := q.quantity().Affine(c)
	return math.Abs(scale)
}
