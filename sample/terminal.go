package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Terminal is the law that trajectories start from and likelihoods end at: an
// approximation of p_t where the noise dominates. An sde.DiagonalNormal is one.
type Terminal interface {
	Sample(dst *mat.Dense, z sde.Noise)
	LogProb(dst []float64, x *mat.Dense) // in nats
}

// TerminalOf returns the law of x_t that is matched, in each dimension, to the
// moments of the data of d,
//
//	N(α Mean_j, α² Variance_j + σ²),
//
// if sde.Moments knows them. Otherwise it is sde.Prior at t = 1, and N(0, α² + σ²) before.
// Against a centered start, matching removes an error in the mean that for VP at
// t = 1 (α = .0066) already shows in the third digit.
func TerminalOf(d sde.Denoiser, t float64) sde.DiagonalNormal {
	mean, variance, ok := sde.Moments(d)
	if !ok {
		if t == 1 {
			return sde.Prior(d.Schedule(), d.Dim())
		}
		mean, variance = make([]float64, d.Dim()), make([]float64, d.Dim())
		for j := range variance {
			variance[j] = 1
		}
	}
	if len(mean) != d.Dim() || len(variance) != d.Dim() {
		panic("sample: Moments do not have the size of the denoiser")
	}
	c := d.Schedule().Coeff(t)
	p := sde.DiagonalNormal{Mean: make([]float64, d.Dim()), SD: make([]float64, d.Dim())}
	for j, v := range variance {
		p.Mean[j] = c.Alpha * mean[j]
		p.SD[j] = math.Sqrt(c.Alpha*c.Alpha*v + c.Sigma*c.Sigma)
	}
	return p
}

// unscale turns x, states at time t, into rows in the units of the data,
//
//	x_t/α = x_0 + (σ/α) z.
//
// It is the one place where a run leaves the scale of the noise: rows, encodings
// (EncodeByFlow, DecodeByFlow) and densities (LogProb) are all of x_End/α(End).
func unscale(x *mat.Dense, s sde.Schedule, t float64) {
	if alpha := s.Coeff(t).Alpha; alpha != 1 {
		scale(x, 1/alpha)
	}
}

// dataMoments returns the moments of the data of d, and their covariance if d is a law.
func dataMoments(d sde.Denoiser) (mean, variance []float64, cov mat.Symmetric) {
	if l, ok := sde.As[sde.Law](d); ok {
		cov = l.Covariance()
	}
	s := d.Schedule()
	t := math.Max(sde.MinTime(s), 1e-3)
	c, p := s.Coeff(t), TerminalOf(d, t)
	mean, variance = make([]float64, d.Dim()), make([]float64, d.Dim())
	for j, sd := range p.SD {
		mean[j] = p.Mean[j] / c.Alpha
		variance[j] = math.Max(0, sd*sd-c.Sigma*c.Sigma) / (c.Alpha * c.Alpha)
	}
	return mean, variance, cov
}
