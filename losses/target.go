package losses

import (
	"fmt"
	"math"
	"strings"

	"tweedie/sde"
)

// Target names a quantity that determines the denoiser at given (x_t, t), and
// whose squared error a weighting weighs. All are affine in D:
//
//	X0        D
//	Eps       ε̂ = (x - αD)/σ                   (Ho et al. 2020, arXiv:2006.11239)
//	Score     s = (αD - x)/σ²                  (Tweedie's formula)
//	V         v = αε̂ - σD                      (Salimans & Ho 2022, §4, arXiv:2202.00512)
//	Velocity  u = α'D + σ'ε̂                    (Lipman et al. 2023, arXiv:2210.02747)
//
// with α', σ' the time derivatives. The empty Target is the one that a
// Weighting's own paper uses.
type Target string

// The targets.
const (
	X0       Target = "x0"
	Eps      Target = "eps"
	Score    Target = "score"
	V        Target = "v"
	Velocity Target = "velocity"
)

const targetNames = "x0, eps, score, v, velocity"

// ParseTarget returns the target called s. The empty string is the empty
// Target.
func ParseTarget(s string) (Target, error) {
	switch t := Target(strings.TrimSpace(s)); t {
	case "", X0, Eps, Score, V, Velocity:
		return t, nil
	}
	return "", fmt.Errorf("losses: unknown target %q: have %s", s, targetNames)
}

// ErrorScale returns |∂q/∂D| for the target q at the kernel c, so that
//
//	|q̂ - q|² = ErrorScale² |D̂ - D|²
//
// for any two predictions at the same (x_t, t):
//
//	X0 1    Eps α/σ    Score α/σ²    V (α²+σ²)/σ    Velocity |α'σ - σ'α|/σ
//
// A loss stated with weight w on q is the loss with weight w ErrorScale² on D.
// c.Sigma must be positive for all but X0. It panics for an unknown target.
func ErrorScale(q Target, c sde.Coeff) float64 {
	switch q {
	case X0:
		return 1
	case Eps:
		return c.Alpha / c.Sigma
	case Score:
		return c.Alpha / (c.Sigma * c.Sigma)
	case V:
		return (c.Alpha*c.Alpha + c.Sigma*c.Sigma) / c.Sigma
	case Velocity:
		return math.Abs(c.DAlpha*c.Sigma-c.DSigma*c.Alpha) / c.Sigma
	}
	panic("losses: unknown target")
}
