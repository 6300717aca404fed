package sde

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// DiagonalNormal is a law of x_1 with independent normal coordinates, N(Mean_j, SD_j²):
// what a sampler starts from and where a likelihood ends. SD is a standard
// deviation. It is to be read only and safe for concurrent use.
type DiagonalNormal struct{ Mean, SD []float64 }

// Prior returns the start that Song et al. 2021 (section 3.4 and appendix B)
// give for their SDEs: N(0, I) for VP and SubVP, N(0, σ(1)² I) for the others
// (VE: SigmaMax). It leaves out α(1) x_0, so a sampler that starts from it is
// biased by about α(1)/σ(1) times the mean of the data; MatchedTerminal is not.
func Prior(s Schedule, dim int) DiagonalNormal {
	sd := s.Coeff(1).Sigma
	switch s.(type) {
	case VP, SubVP:
		sd = 1
	}
	p := DiagonalNormal{make([]float64, dim), make([]float64, dim)}
	for j := range p.SD {
		p.SD[j] = sd
	}
	return p
}

// MatchedTerminal returns the moment-matched law of x_1 for data with the given mean
// and variance of each coordinate: N(α m, α² v + σ²) at t = 1. It is exact for
// Gaussian data with independent coordinates. It panics on unequal lengths or a
// negative variance.
func MatchedTerminal(s Schedule, mean, variance []float64) DiagonalNormal {
	if len(mean) != len(variance) {
		panic(badSize)
	}
	c := s.Coeff(1)
	p := DiagonalNormal{make([]float64, len(mean)), make([]float64, len(mean))}
	for j, v := range variance {
		if !(v >= 0) {
			panic("sde: negative variance")
		}
		p.Mean[j] = c.Alpha * mean[j]
		p.SD[j] = math.Sqrt(c.Alpha*c.Alpha*v + c.Sigma*c.Sigma)
	}
	return p
}

// Dim is the number of coordinates.
func (p DiagonalNormal) Dim() int { return len(p.Mean) }

// Sample fills the rows of dst with draws, made from the normals of the empty
// interval [1, 1], use 0, which no step of a trajectory uses.
func (p DiagonalNormal) Sample(dst *mat.Dense, z Noise) {
	n, d := dst.Dims()
	if d != p.Dim() {
		panic(badSize)
	}
	z.Normal(dst, 1, 1, 0)
	for i := range n {
		row := dst.RawRowView(i)
		for j := range row {
			row[j] = p.Mean[j] + p.SD[j]*row[j]
		}
	}
}

// LogProb stores the log density of each row of x in dst, in nats.
func (p DiagonalNormal) LogProb(dst []float64, x *mat.Dense) {
	n, d := x.Dims()
	if d != p.Dim() || len(dst) != n {
		panic(badSize)
	}
	norm := float64(d) / 2 * math.Log(2*math.Pi)
	for _, sd := range p.SD {
		norm += math.Log(sd)
	}
	for i := range dst {
		s := 0.0
		for j, v := range x.RawRowView(i) {
			z := (v - p.Mean[j]) / p.SD[j]
			s += z * z
		}
		dst[i] = -s/2 - norm
	}
}
