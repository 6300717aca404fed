package sde

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Prediction is one of the quantities that describe the same field, each affine in
// the denoiser D and in x = x_t at a given time:
//
//	X0        D = E[x_0 | x_t]
//	Score     ∇ log p_t = (α D - x)/σ²
//	Epsilon   ε = (x - α D)/σ
//	Velocity  v = α' D + σ' ε
//
// The Velocity is E[dx_t/dt | x_t] along x_t = α x_0 + σ ε: the right-hand side
// of the probability-flow equation, and what flow matching regresses on. It is
// not the v of Salimans & Ho 2022 (α ε - σ x_0), which is this one divided by
// the angular speed on schedules with α² + σ² = 1.
type Prediction int

const (
	X0 Prediction = iota
	Score
	Epsilon
	Velocity
)

var targetNames = [...]string{"x0", "score", "eps", "v"}

// String returns the name that ParsePrediction reads.
func (k Prediction) String() string {
	if k < 0 || int(k) >= len(targetNames) {
		return fmt.Sprintf("Target(%d)", int(k))
	}
	return targetNames[k]
}

// ParsePrediction returns the target named x0, score, eps or v.
func ParsePrediction(name string) (Prediction, error) {
	for k, n := range targetNames {
		if n == name {
			return Prediction(k), nil
		}
	}
	return 0, fmt.Errorf("sde: unknown target %q; use one of x0, score, eps, v", name)
}

// Affine returns the p and q with target = p x + q D. All but X0 need σ > 0.
func (k Prediction) Affine(c Coeff) (p, q float64) {
	switch k {
	case X0:
		return 0, 1
	case Score:
		v := c.Sigma * c.Sigma
		return -1 / v, c.Alpha / v
	case Epsilon:
		return 1 / c.Sigma, -c.Alpha / c.Sigma
	case Velocity:
		r := c.DSigma / c.Sigma
		return r, c.DAlpha - c.Alpha*r
	}
	panic("sde: unknown target")
}

// Convert stores in dst the target `to` of a point x whose target `from` is v,
// by way of D. dst may be v. It panics on unequal lengths.
func Convert(dst, v, x []float64, c Coeff, from, to Prediction) {
	if len(dst) != len(v) || len(dst) != len(x) {
		panic(badSize)
	}
	if from == to {
		copy(dst, v)
		return
	}
	p, q := from.Affine(c)
	r, s := to.Affine(c)
	for j := range dst {
		d := (v[j] - p*x[j]) / q
		dst[j] = r*x[j] + s*d
	}
}

// ConvertRows is Convert for each row, at its own time.
func ConvertRows(dst, v, x *mat.Dense, s Schedule, t []float64, from, to Prediction) {
	_, d := x.Dims()
	checkBatch(dst, v, t, d)
	for i := range checkBatch(dst, x, t, d) {
		Convert(dst.RawRowView(i), v.RawRowView(i), x.RawRowView(i), at(s, t, i), from, to)
	}
}

// ErrorFactor returns the k with
//
//	|error in to|² = k |error in from|²
//
// at a fixed x: |ε error|² = (α/σ)² |D error|², |score error|² = |ε error|²/σ².
// A loss with weight w on `to` equals the loss with weight k w on `from`.
func ErrorFactor(c Coeff, from, to Prediction) float64 {
	if from == to {
		return 1
	}
	_, q := from.Affine(c)
	_, s := to.Affine(c)
	return (s / q) * (s / q)
}
