package sde

import "math"

// SDE is a Schedule that also knows its forward process in closed form,
//
//	dx = f(t) x dt + g(t) dw,
//
// whose marginals from x_0 are the kernels of Coeff (Song et al. 2021, eq. 5
// and 29-31, arXiv:2011.13456). Drift is f, a rate; Diffusion2 is g², a
// variance rate. Both are finite on [0, 1].
type SDE interface {
	Schedule
	Drift(t float64) float64
	Diffusion2(t float64) float64
}

// Invertible is a Schedule with a closed-form inverse of λ(t) = ln(α/σ). A λ
// that is not reached in [0, 1] gives the time of the formula's continuation.
type Invertible interface {
	Schedule
	TimeAt(lambda float64) float64
}

// Drift returns f(t) = α'/α of s, in closed form if s is an SDE.
func Drift(s Schedule, t float64) float64 {
	if p, ok := s.(SDE); ok {
		return p.Drift(t)
	}
	c := s.Coeff(t)
	return c.DAlpha / c.Alpha
}

// Diffusion2 returns g²(t) = dσ²/dt - 2 f σ² = α² d(σ²/α²)/dt of s, in closed
// form if s is an SDE. Where σ is 0 the derivative of σ may be infinite though
// that of σ² is not; the fallback takes a difference of σ² there, good to
// about 1e-6 relative.
func Diffusion2(s Schedule, t float64) float64 {
	if p, ok := s.(SDE); ok {
		return p.Diffusion2(t)
	}
	c := s.Coeff(t)
	if c.Sigma > 0 && !math.IsInf(c.DSigma, 0) {
		return 2 * c.Sigma * (c.DSigma - c.DAlpha/c.Alpha*c.Sigma)
	}
	const h = 1e-7 // time is dimensionless: an absolute step is natural
	n := s.Coeff(t + h)
	return (n.Sigma*n.Sigma - c.Sigma*c.Sigma) / h
}

// TimeAt returns the t in [0, 1] at which ln(α/σ) of s is lambda, in closed
// form if s is Invertible and by bisection to the last bit otherwise. A lambda
// beyond those of t = 0 or t = 1 gives that end.
func TimeAt(s Schedule, lambda float64) float64 {
	if p, ok := s.(Invertible); ok {
		return math.Min(math.Max(p.TimeAt(lambda), 0), 1)
	}
	lo, hi := 0.0, 1.0
	if s.Coeff(lo).Lambda() <= lambda {
		return lo
	}
	if s.Coeff(hi).Lambda() >= lambda {
		return hi
	}
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			return mid
		}
		if s.Coeff(mid).Lambda() > lambda {
			lo = mid
		} else {
			hi = mid
		}
	}
}

// minRatio is σ/α at MinTime: a thousandth of the scale of standardized data.
const minRatio = 1e-3

// MinTime is the recommended smallest time for training and likelihoods. It is
// 0 when σ(0) > 0 (VE and Cosine, whose own σ_min is the floor), and otherwise
// the time at which σ/α = 1e-3, below which a density blurred by σ differs from
// that of the data by less than any finite sample shows, while 1/σ² amplifies
// every error of a network. In numbers, for the defaults:
//
//	VP         1.0e-5  (the value of Song et al. 2021, appendix C)
//	SubVP      6.2e-3  (at 1e-5, its σ would be 1e-6)
//	Rectified  1.0e-3
//	VE, Cosine 0       (σ/α there is .01, .001)
func MinTime(s Schedule) float64 {
	if s.Coeff(0).Sigma > 0 {
		return 0
	}
	return TimeAt(s, -math.Log(minRatio))
}
