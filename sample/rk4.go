package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// RK4 is the classical Runge-Kutta rule for the probability flow in λ and
// y = x/α, dy/dλ = D - y: fourth order, four evaluations. It is for reference
// solutions and smooth laws: with fewer than some 40 steps it is unstable where
// a step in λ is not small.
//
// Steps to σ_s = 0, where λ is infinite, are errors.
type RK4 struct{}

func (RK4) Info() Info {
	return Info{"RK4", ODE, 4, 4, false, false, "Kutta 1901, in the variables of Lu et al. 2022 (arXiv:2206.00927)", ShiftedGrid{0.1}}
}

func (RK4) New(d sde.Denoiser, n int) Stepper {
	w := d.Dim()
	return &rk4{
		eval: eval{d: d}, m: mat.NewDense(n, w, nil), y: mat.NewDense(n, w, nil),
		k: mat.NewDense(n, w, nil), sum: mat.NewDense(n, w, nil),
	}
}

type rk4 struct {
	eval
	m, y, k, sum *mat.Dense
}

func (st *rk4) Step(x *mat.Dense, t, s float64, _ sde.Noise) error {
	sched := st.d.Schedule()
	ct, cs := sched.Coeff(t), sched.Coeff(s)
	h := cs.Lambda() - ct.Lambda()
	if math.IsInf(h, 0) {
		return errInfiniteStep
	}
	mid := sde.TimeAt(sched, ct.Lambda()+0.5*h)
	cm := sched.Coeff(mid)
	scale(x, 1/ct.Alpha) // now y
	st.sum.Copy(x)
	for i, stage := range [4]struct {
		t, alpha, from, weight float64 // argument y + from k, weight in the sum
	}{
		{t, ct.Alpha, 0, h / 6}, {mid, cm.Alpha, h / 2, h / 3}, {mid, cm.Alpha, h / 2, h / 3}, {s, cs.Alpha, h, h / 6},
	} {
		st.y.Copy(x)
		if i > 0 {
			accumulate(st.y, stage.from, st.k)
		}
		combine(st.k, stage.alpha, st.y, 0, st.y)
		if err := st.denoise(st.m, st.k, stage.t); err != nil {
			return err
		}
		combine(st.k, -1, st.y, 1, st.m)
		accumulate(st.sum, stage.weight, st.k)
	}
	combine(x, cs.Alpha, st.sum, 0, st.sum)
	return nil
}
