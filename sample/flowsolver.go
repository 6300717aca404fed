package sample

import (
	"cmp"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DormandPrince solves the probability flow by the adaptive pair of Dormand &
// Prince 1980, order 5(4), in λ and scaled states, with steps of its own for
// each row. The grid only says where it stops on the way (nowhere by default).
//
// Steps to σ_s = 0, where λ is infinite, are errors.
type DormandPrince struct {
	RTol, ATol float64 // local tolerance in units of unit data; zero means 1e-5 each
}

func (DormandPrince) Info() Info {
	return Info{"Dormand-Prince 5(4)", ODE, 5, 0, false, false, "Dormand & Prince 1980; Song et al. 2021, appendix D (arXiv:2011.13456)", nil}
}

// New implements Method. It panics when a tolerance is negative.
func (m DormandPrince) New(d sde.Denoiser, n int) Stepper {
	if !(m.RTol >= 0 && m.ATol >= 0) {
		panic("sample: negative tolerance")
	}
	m.RTol = cmp.Or(m.RTol, 1e-5)
	m.ATol = cmp.Or(m.ATol, 1e-5)
	f := newFlow(d, n)
	return &flowSolver{d: d, solver: newDopri(f, n, d.Dim(), m.RTol, m.ATol), end: math.NaN()}
}

type flowSolver struct {
	d      sde.Denoiser
	solver *dopri
	end    float64
}

var _ Gatherer = (*flowSolver)(nil)

func (st *flowSolver) Step(x *mat.Dense, t, s float64, _ sde.Noise) error {
	sched := st.d.Schedule()
	from, to := sched.Coeff(t).Lambda(), sched.Coeff(s).Lambda()
	if math.IsInf(to, 0) || math.IsInf(from, 0) {
		return errInfiniteStep
	}
	if t != st.end {
		st.solver.reset()
	}
	st.end = s
	scale(x, 1/scalesAt(sched, from).r)
	if err := st.solver.solve(x, from, to); err != nil {
		return err
	}
	scale(x, scalesAt(sched, to).r)
	return nil
}

// Gather implements Gatherer: the rows keep the step sizes of their ancestors.
func (st *flowSolver) Gather(idx []int) {
	gatherFloats(st.solver.first, st.solver.at[:len(idx)], idx)
}

var (
	errInfiniteStep = errors.New("the step ends or begins at an infinite lambda: end above sigma = 0 (see Options.End and Denoise)")
	errInfiniteRate = errors.New("the rate is infinite where the step ends: end above sigma = 0 (see Options.End and Denoise)")
)
