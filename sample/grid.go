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

// AngleGrid spaces the angle arctan(σ/α) uniformly: of steps of order 1 along the
// probability flow (DDIM) those with the least error on standard normal data, for which
// a step takes away the factor cos Δθ of the standard deviation.
type AngleGrid struct{}

func (AngleGrid) Times(s sde.Schedule, start, end float64, steps int) []float64 {
	a, b := math.Atan(math.Exp(-s.Coeff(start).Lambda())), math.Atan(math.Exp(-s.Coeff(end).Lambda()))
	return spaced(start, end, steps, func(u float64) float64 {
		return sde.TimeAt(s, -math.Log(math.Tan(a+u*(b-a))))
	})
}

// ShiftedGrid spaces ln(σ/α + Offset) uniformly: as LogSNRGrid where there is much
// noise, so that no step there is too long for an explicit rule, and uniformly in σ/α
// near the data, where steps equal in λ are wasted. The smaller Offset is, the shorter
// is the last step, in which the second evaluation of a rule multiplies the error of a
// network by its ratio of σ/α.
type ShiftedGrid struct {
	Offset float64 // zero means 0.02
}

func (g ShiftedGrid) Times(s sde.Schedule, start, end float64, steps int) []float64 {
	c := cmp.Or(g.Offset, 0.02)
	a, b := math.Log(math.Exp(-s.Coeff(start).Lambda())+c), math.Log(math.Exp(-s.Coeff(end).Lambda())+c)
	return spaced(start, end, steps, func(u float64) float64 {
		return sde.TimeAt(s, -math.Log(math.Exp(a+u*(b-a))-c))
	})
}

// rateGrid is for Euler's rule, in t, for the reverse SDE. It is uniform unless a step so
// long from start would multiply a row by more than 1, as it does where α(1) is small:
// the denoiser is then asked about rows far outside of its data. There it spaces
//
//	arctan(σ/α) + 0.1 ln(1 + σ/α)
//
// uniformly, which is AngleGrid with short steps in λ where there is much noise. ve, when
// set, is the grid of VE schedules, whose σ grows too fast for steps uniform in t.
type rateGrid struct{ ve Grid }

func (g rateGrid) Times(s sde.Schedule, start, end float64, steps int) []float64 {
	if _, ok := s.(sde.VE); ok && g.ve != nil {
		return g.ve.Times(s, start, end, steps)
	}
	c := s.Coeff(start)
	rate := sde.Drift(s, start) + sde.Diffusion2(s, start)/(c.Sigma*c.Sigma)
	if rate*(start-end) <= 2*float64(steps) {
		return UniformGrid{}.Times(s, start, end, steps)
	}
	place := func(lambda float64) float64 { r := math.Exp(-lambda); return math.Atan(r) + 0.1*math.Log1p(r) }
	lo, hi := s.Coeff(start).Lambda(), s.Coeff(end).Lambda()
	a, b := place(lo), place(hi)
	return spaced(start, end, steps, func(u float64) float64 {
		l, h := lo, hi // place falls in λ
		for range 60 {
			if mid := (l + h) / 2; place(mid) > a+u*(b-a) {
				l = mid
			} else {
				h = mid
			}
		}
		return sde.TimeAt(s, l)
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
func GridNames() []string {
	return []string{"angle", "karras", "logsnr", "quadratic", "shifted", "uniform"}
}

func gridOf(name string) Grid {
	switch name {
	case "angle":
		return AngleGrid{}
	case "karras":
		return KarrasGrid{}
	case "logsnr":
		return LogSNRGrid{}
	case "quadratic":
		return QuadraticGrid{}
	case "shifted":
		return ShiftedGrid{}
	case "uniform":
		return UniformGrid{}
	}
	return nil
}
