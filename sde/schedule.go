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

// Schedule is a family of Gaussian perturbation kernels over t in [0, 1]:
// t = 0 is data, t = 1 is noise. λ decreases strictly in t. Schedules are
// values, safe for concurrent use.
type Schedule interface {
	Coeff(t float64) Coeff
}
