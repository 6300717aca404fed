package sde

import (
	"cmp"
	"math"
)

// linearBeta is the noise rate β(t) = b0 + t (b1 - b0) of the schedules VP and
// SubVP, whose integral from 0 is B(t) = b0 t + (b1 - b0) t²/2.
type linearBeta struct{ b0, b1 float64 }

func (l linearBeta) rate(t float64) float64     { return l.b0 + t*(l.b1-l.b0) }
func (l linearBeta) integral(t float64) float64 { return t * (l.b0 + 0.5*t*(l.b1-l.b0)) }

// timeOf is the inverse of integral, in the form that does not cancel for small B.
func (l linearBeta) timeOf(b float64) float64 {
	return 2 * b / (l.b0 + math.Sqrt(l.b0*l.b0+2*(l.b1-l.b0)*b))
}

// VP is the variance-preserving schedule (Song et al. 2021, eq. 11 and 33,
// arXiv:2011.13456), with β(t) = BetaMin + t (BetaMax - BetaMin) and
// B(t) = ∫₀ᵗ β:
//
//	α = exp(-B/2)      σ² = 1 - exp(-B)
//	f = -β/2           g² = β
//
// A zero field means its default: BetaMin 0.1, BetaMax 20. At t = 0 the
// derivative of σ is infinite; Coeff gives 0 there.
type VP struct{ BetaMin, BetaMax float64 }

var (
	_ SDE        = VP{}
	_ Invertible = VP{}
)

func (s VP) beta() linearBeta { return linearBeta{cmp.Or(s.BetaMin, 0.1), cmp.Or(s.BetaMax, 20)} }

func (s VP) Coeff(t float64) Coeff {
	l := s.beta()
	b, r := l.integral(t), l.rate(t)
	a := math.Exp(-b / 2)
	c := Coeff{Alpha: a, Sigma: math.Sqrt(-math.Expm1(-b)), DAlpha: -r / 2 * a}
	if c.Sigma > 0 {
		c.DSigma = r / 2 * a * a / c.Sigma
	}
	return c
}

func (s VP) Drift(t float64) float64      { return -s.beta().rate(t) / 2 }
func (s VP) Diffusion2(t float64) float64 { return s.beta().rate(t) }

// TimeAt implements Invertible: λ = -½ ln(exp(B) - 1), so B = ln(1 + exp(-2λ)).
func (s VP) TimeAt(lambda float64) float64 { return s.beta().timeOf(softplus(-2 * lambda)) }

// SubVP is the sub-variance-preserving schedule (Song et al. 2021, eq. 12 and
// 29, arXiv:2011.13456), with β and B as in VP:
//
//	α = exp(-B/2)      σ = 1 - exp(-B)      (the variance of VP, as a standard deviation)
//	f = -β/2           g² = β (1 - exp(-2B))
//
// A zero field means its default: BetaMin 0.1, BetaMax 20.
type SubVP struct{ BetaMin, BetaMax float64 }

var (
	_ SDE        = SubVP{}
	_ Invertible = SubVP{}
)

func (s SubVP) beta() linearBeta { return VP(s).beta() }

func (s SubVP) Coeff(t float64) Coeff {
	l := s.beta()
	b, r := l.integral(t), l.rate(t)
	a := math.Exp(-b / 2)
	return Coeff{Alpha: a, Sigma: -math.Expm1(-b), DAlpha: -r / 2 * a, DSigma: r * math.Exp(-b)}
}

func (s SubVP) Drift(t float64) float64 { return -s.beta().rate(t) / 2 }

func (s SubVP) Diffusion2(t float64) float64 {
	l := s.beta()
	return -l.rate(t) * math.Expm1(-2*l.integral(t))
}

// TimeAt implements Invertible: λ = -ln(2 sinh(B/2)), so B = 2 asinh(exp(-λ)/2).
func (s SubVP) TimeAt(lambda float64) float64 {
	return s.beta().timeOf(2 * math.Asinh(math.Exp(-lambda)/2))
}

// softplus returns ln(1 + exp(x)) without overflow.
func softplus(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}
