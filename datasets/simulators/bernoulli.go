package simulators

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/internal/mersenne"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

const (
	glmTimes = 100 // responses
	glmLags  = 9   // weights of the filter
)

// bernoulliGLM is the task of a neuron that is shown a stimulus I of 100 values: with the
// design X = [1, I shifted by 0 … 8], y_t ~ Bernoulli(1/(1 + exp(-X_t·θ))), and x = Xᵀ y,
// which is sufficient. The prior is N(0, Q⁻¹), for a smooth filter,
//
//	Q = [½, 0; 0, FᵀF]   F = D D + diag(√(k/9), k = 0 … 8)   D = I - (ones below the diagonal)
//
// The stimulus is numpy.random.RandomState(42).randn(100) in single precision, the
// benchmark's. LogLikelihood leaves out the log of the number of y that have this x, in
// which θ is not.
func bernoulliGLM() Task {
	design := glmDesign()
	return &tractable{
		simulator{
			name:    "bernoulli_glm",
			prior:   glmPrior(),
			columns: numbered("data", 1+glmLags),
			draw: func(x, theta []float64, rng *stream.Source) error {
				clear(x)
				for _, row := range design {
					if spikes(row, theta, rng) {
						numeric.Axpy(x, 1, row)
					}
				}
				return nil
			},
		},
		func(theta, x []float64) (float64, error) {
			sum := numeric.Dot(x, theta)
			for _, row := range design {
				sum -= softplus(numeric.Dot(row, theta))
			}
			return sum, nil
		},
	}
}

// bernoulliGLMRaw is bernoulli_glm with the responses y themselves as data.
func bernoulliGLMRaw() Task {
	design := glmDesign()
	return &tractable{
		simulator{
			name:    "bernoulli_glm_raw",
			prior:   glmPrior(),
			columns: numbered("data", glmTimes),
			draw: func(x, theta []float64, rng *stream.Source) error {
				for t, row := range design {
					x[t] = 0
					if spikes(row, theta, rng) {
						x[t] = 1
					}
				}
				return nil
			},
		},
		func(theta, x []float64) (float64, error) {
			sum := 0.0
			for t, row := range design {
				eta := numeric.Dot(row, theta)
				sum += x[t]*eta - softplus(eta)
			}
			return sum, nil
		},
	}
}

func spikes(row, theta []float64, rng *stream.Source) bool {
	return rng.Float64() < 1/(1+math.Exp(-numeric.Dot(row, theta)))
}

// softplus is ln(1 + e^v).
func softplus(v float64) float64 { return math.Max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) }

// glmDesign is X, 100 rows of 10.
func glmDesign() [][]float64 {
	rng := mersenne.New(42)
	var stimulus [glmTimes]float64
	for t := range stimulus {
		stimulus[t] = float64(float32(rng.NormFloat64()))
	}
	x := make([][]float64, glmTimes)
	for t := range x {
		x[t] = make([]float64, 1+glmLags)
		x[t][0] = 1
		for lag := range min(glmLags, t+1) {
			x[t][1+lag] = stimulus[t-lag]
		}
	}
	return x
}

func glmPrior() *prior.Prior {
	d, f := mat.NewDense(glmLags, glmLags, nil), mat.NewDense(glmLags, glmLags, nil)
	for k := range glmLags {
		d.Set(k, k, 1)
		if k > 0 {
			d.Set(k, k-1, -1)
		}
	}
	f.Mul(d, d)
	for k := range glmLags {
		f.Set(k, k, f.At(k, k)+math.Sqrt(float64(k)/glmLags))
	}
	var inverse mat.Dense
	if err := inverse.Inverse(f); err != nil {
		panic("simulators: the precision of a prior is singular")
	}
	c := make([][]float64, 1+glmLags)
	for i := range c {
		c[i] = make([]float64, 1+glmLags)
	}
	c[0][0] = 2
	for i := range glmLags { // (FᵀF)⁻¹ = F⁻¹ F⁻ᵀ
		for j := range i + 1 {
			c[1+i][1+j] = numeric.Dot(inverse.RawRowView(i), inverse.RawRowView(j))
			c[1+j][1+i] = c[1+i][1+j]
		}
	}
	return mustPrior(prior.Entry{Names: numbered("parameter", 1+glmLags), Law: "multivariate-normal", Mean: make([]float64, 1+glmLags), Covariance: c})
}
