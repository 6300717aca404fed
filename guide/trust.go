package guide

import (
	"math"

	"tweedie/sde"
)

// trust bounds the shift of the denoiser that moment matching asks for. For
// x_0 normal given x_t with covariance V, the shift is δ = V Aᵀ S⁻¹ r, and by
// Cauchy and Schwarz
//
//	|δ_j|² ≤ V_jj rᵀ S⁻¹ r,   V_jj ≤ σ² τ_j²/(α² τ_j² + σ²)
//
// with τ_j² the variance of x_0: for Gaussian data both hold, and nothing is
// changed. The Jacobian of a network obeys neither: at t near 1 it is multiplied
// by σ²/α, some 150 for VP, so that an error of 0.01 in it throws rows off the
// data, from where they do not return. A shift that breaks the bound is made
// shorter, in its direction; slack allows for the larger spread that mixtures
// may have given x_t.
const slack = 4

// trusted returns the factor in (0, 1] by which the score g of a row is to be
// scaled. q is rᵀ S⁻¹ r; variance is τ², nil if it is not known.
func trusted(g []float64, q float64, variance []float64, c sde.Coeff) float64 {
	if variance == nil || c.Sigma == 0 {
		return 1
	}
	s2 := c.Sigma * c.Sigma
	f := 1.0
	for j, v := range g {
		r2 := s2 * variance[j] / (c.Alpha*c.Alpha*variance[j] + s2)
		if bound, d := math.Sqrt(slack*r2*math.Max(q, 0)), math.Abs(c.Tweedie()*v); d*f > bound {
			f = bound / d
		}
	}
	return f
}

// reach is how far, in the standard deviations that x_0 given x_t can have for
// normal data, guidance may move D in one coordinate: those of mixtures are wider
// only where modes are undecided.
const reach = 20

// reachable returns the factor in (0, 1] that keeps the shift of a row within
// reach, for priors that are not normal. Where a learned Jacobian says that
// A V Aᵀ is 0, rᵀ S⁻¹ r is |r|²/SD², and the bound of trusted is no bound.
func reachable(g, variance []float64, c sde.Coeff) float64 {
	f := 1.0
	for j, v := range g {
		if variance == nil {
			break
		}
		s2 := c.Sigma * c.Sigma
		r := math.Sqrt(s2 * variance[j] / (c.Alpha*c.Alpha*variance[j] + s2))
		if most, d := reach*r, math.Abs(c.Tweedie()*v); d*f > most {
			f = most / d
		}
	}
	return f
}

// trusted is the smaller of both factors for row i.
func (at State) trusted(g []float64, q float64, i int) float64 {
	c := at.Coeff(i)
	if c.Sigma == 0 {
		return 1
	}
	f := trusted(g, q, at.ws.variance, c)
	if !gaussian(at.Prior()) {
		f = math.Min(f, reachable(g, at.ws.variance, c))
	}
	return f
}
