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

// scaled returns the factor in (0, 1] that keeps the shift of D by the score g of a row
// within bound in each coordinate, which gets the variance of x_0 given x_t for normal
// data of the variance given, nil if that is not known.
func scaled(g, variance []float64, c sde.Coeff, bound func(r2 float64) float64) float64 {
	f := 1.0
	for j := range variance {
		if most, d := bound(spread(c, variance[j])), math.Abs(c.Tweedie()*g[j]); d*f > most {
			f = most / d
		}
	}
	return f
}

// trusted returns the factor by the bound of slack. q is rᵀ S⁻¹ r.
func trusted(g []float64, q float64, variance []float64, c sde.Coeff) float64 {
	return scaled(g, variance, c, func(r2 float64) float64 { return math.Sqrt(slack * r2 * math.Max(q, 0)) })
}

// reach is the largest shift of D in one coordinate, in units of the standard deviation
// of x_0 given x_t for normal data. Mixtures exceed that only where several modes are
// possible.
const reach = 20

// reachable returns the factor in (0, 1] that keeps the shift of a row within reach, for
// priors that are not normal. It is needed where a learned Jacobian makes A V Aᵀ 0:
// then rᵀ S⁻¹ r is |r|²/SD², and the bound of trusted is too large.
func reachable(g, variance []float64, c sde.Coeff) float64 {
	return scaled(g, variance, c, func(r2 float64) float64 { return reach * math.Sqrt(r2) })
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
