package sample

import (
	"cmp"
	"math"

	"tweedie/sde"
)

// Grid places the times of a run.
type Grid interface {
	// Times returns steps+1 strictly decreasing times, the first start and the
	// last end.
	Times(s sde.Schedule, start, end float64, steps int) []float64
}

// LogSNRGrid spaces times uniformly in λ = ln(α/σ) (Lu et al. 2022, arXiv:2206.00927),
// the natural time of the exponential integrators: the default.
type LogSNRGrid struct{}

func (LogSNRGrid) Times(s sde.Schedule, start, end float64, steps int) []float64 {
	a, b := s.Coeff(start).Lambda(), s.Coeff(end).Lambda()
	return spaced(start, end, steps, func(u float64) float64 { return sde.TimeAt(s, a+u*(b-a)) })
}

// UniformGrid spaces times uniformly in t, as Song et al. 2021 do.
type UniformGrid struct{}

func (UniformGrid) Times(_ sde.Schedule, start, end float64, steps int) []float64 {
	return spaced(start, end, steps, func(u float64) float64 { return start + u*(end-start) })
}

// QuadraticGrid spaces √t uniformly, which makes steps smaller towards the data
// (Song et al. 2021, appendix D, arXiv:2010.02502).
type QuadraticGrid struct{}

func (QuadraticGrid) Times(_ sde.Schedule, start, end float64, steps int) []float64 {
	a, b := math.Sqrt(start), math.Sqrt(end)
	return spaced(start, end, steps, func(u float64) float64 {
		r := a + u*(b-a)
		return r * r
	})
}

// KarrasGrid spaces (σ/α)^{1/ρ} uniformly (Karras et al. 2022, eq. 5,
// arXiv:2206.00364).
type KarrasGrid struct {
	Rho float64 // zero means 7
}

func (g KarrasGrid) Times(s sde.Schedule, start, end float64, steps int) []float64 {
	rho := cmp.Or(g.Rho, 7)
	a, b := math.Exp(-s.Coeff(start).Lambda()/rho), math.Exp(-s.Coeff(end).Lambda()/rho)
	return spaced(start, end, steps, func(u float64) float64 {
		return sde.TimeAt(s, -rho*math.Log(a+u*(b-a)))
	})
}

// spaced returns at(i/steps) with the ends exact, which inverting λ would not leave so.
func spaced(start, end float64, steps int, at func(u float64) float64) []float64 {
	ts := make([]float64, steps+1)
	for i := range ts {
		ts[i] = at(float64(i) / float64(steps))
	}
	ts[0], ts[steps] = start, end
	return ts
}

// GridNames lists the grids that Sampler can name, sorted.
func GridNames() []string { return []string{"karras", "logsnr", "quadratic", "uniform"} }

func gridOf(name string) Grid {
	switch name {
	case "karras":
		return KarrasGrid{}
	case "logsnr":
		return LogSNRGrid{}
	case "quadratic":
		return QuadraticGrid{}
	case "uniform":
		return UniformGrid{}
	}
	return nil
}
