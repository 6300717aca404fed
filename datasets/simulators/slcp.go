package simulators

import (
	"math"

	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

// slcpPoints is the number of points in the plane that slcp observes.
const slcpPoints = 4

// slcpRidge is added to the variances.
const slcpRidge = 1e-6

// slcp is the task of a simple likelihood and a complex posterior: θ ~ U[-3, 3]^5, and x
// are four independent points of N(m, S), row by row,
//
//	m = (θ_1, θ_2)   s_1 = θ_3²   s_2 = θ_4²   ρ = tanh θ_5
//	S = [s_1², ρ s_1 s_2; ρ s_1 s_2, s_2²] + 1e-6 I
func slcp() Task {
	return &tractable{
		simulator{
			name:    "slcp",
			prior:   box(5, -3, 3),
			columns: numbered("data", 2*slcpPoints),
			draw:    slcpDraw,
		},
		func(theta, x []float64) (float64, error) { return slcpLikelihood(theta, x), nil },
	}
}

// slcpRoot is the lower root of S: [a, 0; b, c].
func slcpRoot(theta []float64) (a, b, c float64) {
	s1, s2, rho := theta[2]*theta[2], theta[3]*theta[3], math.Tanh(theta[4])
	v1, v2, cov := s1*s1+slcpRidge, s2*s2+slcpRidge, rho*s1*s2
	a = math.Sqrt(v1)
	b = cov / a
	// v2 - b², by the determinant, in which nothing cancels.
	sech := 1 / math.Cosh(theta[4])
	det := s1*s1*s2*s2*sech*sech + slcpRidge*(s1*s1+s2*s2) + slcpRidge*slcpRidge
	return a, b, math.Sqrt(math.Min(det/v1, v2))
}

func slcpDraw(x, theta []float64, rng *stream.Source) error {
	a, b, c := slcpRoot(theta)
	for i := range slcpPoints {
		e, f := rng.NormFloat64(), rng.NormFloat64()
		x[2*i] = theta[0] + a*e
		x[2*i+1] = theta[1] + b*e + c*f
	}
	return nil
}

func slcpLikelihood(theta, x []float64) float64 {
	a, b, c := slcpRoot(theta)
	sum := 0.0
	for i := range slcpPoints {
		e := (x[2*i] - theta[0]) / a
		f := (x[2*i+1] - theta[1] - b*e) / c
		sum -= (e*e+f*f)/2 + 2*numeric.HalfLog2Pi + math.Log(a) + math.Log(c)
	}
	return sum
}
