package sde

import "math"

// Coeff is a perturbation kernel at one time,
//
//	x_t | x_0 ~ N(Alpha x_0, Sigma² I),
//
// with its derivatives in time. Sigma is a standard deviation. All four are
// finite on [0, 1]; where the derivative of σ is infinite (VP at t = 0) DSigma
// is 0 by convention.
type Coeff struct{ Alpha, Sigma, DAlpha, DSigma float64 }

// Lambda is half the log signal-to-noise ratio, λ = ln(α/σ), the natural time
// of every exponential integrator. It is +Inf where Sigma is 0.
func (c Coeff) Lambda() float64 { return math.Log(c.Alpha) - math.Log(c.Sigma) }

// Tweedie is the factor σ²/α between a score and a shift of the denoiser:
// D = E[x_0|x_t] = (x + σ² ∇log p_t(x))/α (Robbins 1956; Efron 2011).
func (c Coeff) Tweedie() float64 { return c.Sigma * c.Sigma / c.Alpha }

// ReverseKernel returns the coefficients of the law of x_s between x_t and the clean x_0, c being the
// kernel at t and s that at an earlier time (Ho et al. 2020, eq. 7, arXiv:2006.11239, for any α and σ):
//
//	x_s | x_t, x_0 ~ N(noisy x_t + clean x_0, sd² I),   h = λ_s − λ_t,
//	noisy = (σ_s/σ_t) e^{-h},  clean = α_s (1 − e^{-2h}),  sd² = σ_s² (1 − e^{-2h}).
//
// Where s has no noise they are 0, α_s and 0.
func (c Coeff) ReverseKernel(s Coeff) (noisy, clean, sd float64) {
	h := s.Lambda() - c.Lambda()
	if math.IsInf(h, 1) {
		return 0, s.Alpha, 0
	}
	gone := -math.Expm1(-2 * h)
	return s.Sigma / c.Sigma * math.Exp(-h), s.Alpha * gone, s.Sigma * math.Sqrt(gone)
}

// Schedule is a family of Gaussian perturbation kernels over t in [0, 1]:
// t = 0 is data, t = 1 is noise. λ decreases strictly in t. Schedules are
// values, safe for concurrent use.
type Schedule interface {
	Coeff(t float64) Coeff
}
