package losses

import (
	"fmt"
	"math"
	"strings"

	"tweedie/sde"
)

// Prediction names the quantity whose squared error a weighting weighs, by the
// names of sde.Prediction:
//
//	x0     D
//	eps    ε̂ = (x - αD)/σ         (Ho et al. 2020, arXiv:2006.11239)
//	score  s = (αD - x)/σ²        (Vincent 2011; Song et al. 2021)
//	v      v = α'D + σ'ε̂          (flow matching: Lipman et al. 2023, arXiv:2210.02747)
//
// with α', σ' the time derivatives. The empty Target is the one that a
// Weighting's own paper uses. For the v of Salimans & Ho 2022, αε̂ - σD, use the
// weighting EDM{1}: on α² + σ² = 1 it is exactly a weight of 1 on that v.
type Prediction string

const (
	X0    Prediction = "x0"
	Eps   Prediction = "eps"
	Score Prediction = "score"
	V     Prediction = "v"
)

// ParsePrediction returns the target called s. The empty string is the empty
// Target.
func ParsePrediction(s string) (Prediction, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if _, err := sde.ParsePrediction(s); err != nil {
		return "", fmt.Errorf("losses: %w", err)
	}
	return Prediction(s), nil
}

// quantity returns q as package sde knows it. It panics for an unknown target.
func (q Prediction) quantity() sde.Prediction {
	k, err := sde.ParsePrediction(string(q))
	if err != nil {
		panic("losses: unknown target")
	}
	return k
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
func ErrorScale(q Prediction, c sde.Coeff) float64 {
	_, scale := q.quantity().Affine(c)
	return math.Abs(scale)
}
