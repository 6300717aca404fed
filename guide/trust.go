package guide

import (
	"math"

	"tweedie/sde"
)

// slack is the factor by which a squared shift may exceed its bound. For x_0 normal given x_t
// with covariance V, moment matching shifts the denoiser by δ = V Aᵀ S⁻¹ r, and by the
// Cauchy-Schwarz inequality
//
//	|δ_j|² ≤ V_jj rᵀ S⁻¹ r,   V_jj ≤ σ² τ_j²/(α² τ_j² + σ²)
//
// with τ_j² the variance of x_0. Gaussian data satisfy both, and nothing is changed.
// The Jacobian of a network need not: near t = 1 it is multiplied by σ²/α, about 150
// for VP, so that an error of 0.01 in it moves rows out of the range of the data, and
// the network cannot move them back. A shift that exceeds the bound is scaled down to
// it. The factor 4 is for mixtures, whose variance given x_t may be larger.
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

// reach is the largest shift of D in one coordinate, in units of the standard deviation
// of x_0 given x_t for normal data. Mixtures exceed that only where several modes are
// possible.
const reach = 20

// reachable returns the factor in (0, 1] that keeps the shift of a row within reach, for
// priors that are not normal. It is needed where a learned Jacobian makes A V Aᵀ 0:
// then rᵀ S⁻¹ r is |r|²/SD², and the bound of trusted is too large.
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
