package sde

import (
	"cmp"
	"math"
)

// Cosine moves on the unit circle at constant speed,
//
//	θ = θ0 + t (θ1 - θ0)     sin θ0 = SigmaMin     cos θ1 = AlphaMin
//	α = cos θ                σ = sin θ
//	f = -θ' tan θ            g² = 2 θ' tan θ
//
// so that α² + σ² = 1 always. It is the continuous form of the cosine schedule
// of Nichol & Dhariwal 2021 (eq. 17, arXiv:2102.09672), with an offset at both
// ends instead of their offset at 0 and their clipping of β at 1: σ(0) and
// α(1) are positive. A zero field means its default, 1e-3.
type Cosine struct{ SigmaMin, AlphaMin float64 }

var (
	_ SDE        = Cosine{}
	_ Invertible = Cosine{}
)

// arc returns θ0 and θ1 - θ0. The latter is dθ/dt.
func (s Cosine) arc() (start, length float64) {
	start = math.Asin(cmp.Or(s.SigmaMin, 1e-3))
	return start, math.Acos(cmp.Or(s.AlphaMin, 1e-3)) - start
}

func (s Cosine) Coeff(t float64) Coeff {
	a, w := s.arc()
	sin, cos := math.Sincos(a + t*w)
	return Coeff{Alpha: cos, Sigma: sin, DAlpha: -w * sin, DSigma: w * cos}
}

func (s Cosine) Drift(t float64) float64 {
	a, w := s.arc()
	return -w * math.Tan(a+t*w)
}

func (s Cosine) Diffusion2(t float64) float64 { return -2 * s.Drift(t) }

// TimeAt implements Invertible: λ = -ln tan θ.
func (s Cosine) TimeAt(lambda float64) float64 {
	a, w := s.arc()
	return (math.Atan(math.Exp(-lambda)) - a) / w
}

// Rectified is the straight path of flow matching (Liu et al. 2023,
// arXiv:2209.03003; Lipman et al. 2023, eq. 20, arXiv:2210.02747),
//
//	α = 1 - (1 - AlphaMin) t      σ = t
//	f = -(1 - AlphaMin)/α         g² = 2 t/α
//
// with time from data to noise. α(1) = AlphaMin > 0 keeps λ, and with it every
// formula of this package, finite at t = 1. A zero field means its default, 1e-3.
type Rectified struct{ AlphaMin float64 }

var (
	_ SDE        = Rectified{}
	_ Invertible = Rectified{}
)

func (s Rectified) Coeff(t float64) Coeff {
	k := 1 - cmp.Or(s.AlphaMin, 1e-3)
	return Coeff{Alpha: 1 - k*t, Sigma: t, DAlpha: -k, DSigma: 1}
}

func (s Rectified) Drift(t float64) float64 {
	k := 1 - cmp.Or(s.AlphaMin, 1e-3)
	return -k / (1 - k*t)
}

func (s Rectified) Diffusion2(t float64) float64 {
	return 2 * t / (1 - (1-cmp.Or(s.AlphaMin, 1e-3))*t)
}

// TimeAt implements Invertible: exp(λ) = α/t.
func (s Rectified) TimeAt(lambda float64) float64 {
	return 1 / (math.Exp(lambda) + 1 - cmp.Or(s.AlphaMin, 1e-3))
}
