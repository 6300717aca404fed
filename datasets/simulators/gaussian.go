package simulators

import (
	"math"

	"tweedie/datasets/prior"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

// linearVariance is that of prior and noise of the linear tasks.
const linearVariance = 0.1

// gaussianLinear is the task θ ~ N(0, 0.1 I), x|θ ~ N(θ, 0.1 I) in 10 dimensions, whose
// posterior is N(x/2, 0.05 I).
func gaussianLinear() Task {
	sd := math.Sqrt(linearVariance)
	return &exact{
		tractable{
			simulator{
				name:    "gaussian_linear",
				prior:   mustPrior(prior.Entry{Names: numbered("parameter", 10), Law: "normal", Mean: 0.0, SD: &sd}),
				columns: numbered("data", 10),
				draw:    linearDraw,
			},
			linearLikelihood,
		},
		func(theta, x []float64, rng *stream.Source) bool {
			for j, v := range x {
				theta[j] = v/2 + sd*math.Sqrt(.5)*rng.NormFloat64()
			}
			return true
		},
	}
}

// gaussianLinearUniform is the same simulator with the prior U[-1, 1]^10; the posterior
// is N(x, 0.1 I) restricted to the box.
func gaussianLinearUniform() Task {
	sd := math.Sqrt(linearVariance)
	return &exact{
		tractable{
			simulator{
				name:    "gaussian_linear_uniform",
				prior:   box(10, -1, 1),
				columns: numbered("data", 10),
				draw:    linearDraw,
			},
			linearLikelihood,
		},
		func(theta, x []float64, rng *stream.Source) bool {
			for j, v := range x {
				theta[j] = restrictedNormal(v, sd, -1, 1, rng)
			}
			return true
		},
	}
}

func linearDraw(x, theta []float64, rng *stream.Source) error {
	sd := math.Sqrt(linearVariance)
	for j, v := range theta {
		x[j] = v + sd*rng.NormFloat64()
	}
	return nil
}

func linearLikelihood(theta, x []float64) (float64, error) {
	return logNormalDensity(x, theta, math.Sqrt(linearVariance)), nil
}

// logNormalDensity is log N(x; mean, sd² I).
func logNormalDensity(x, mean []float64, sd float64) float64 {
	sum := 0.0
	for j, v := range x {
		z := (v - mean[j]) / sd
		sum -= z*z/2 + numeric.HalfLog2Pi + math.Log(sd)
	}
	return sum
}

// restrictedNormal draws from N(mean, sd²) on [lo, hi].
func restrictedNormal(mean, sd, lo, hi float64, rng *stream.Source) float64 {
	u, err := prior.TruncatedNormal(mean, sd, lo, hi)
	if err != nil {
		return math.Min(math.Max(mean, lo), hi)
	}
	return u.Value(rng.NormFloat64())
}
