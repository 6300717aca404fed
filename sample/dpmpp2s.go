package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DPMpp2S is the single-step DPM-Solver++(2S) of Lu et al. 2022b, algorithm 1
// with r = ½ (arXiv:2211.01095): second order, two evaluations, no history. With
// m the time at λ_t + h/2,
//
//	y = (σ_m/σ_t) x - α_m (e^{-h/2} - 1) D(x, t)
//	x_s = (σ_s/σ_t) x - α_s (e^{-h} - 1) D(y, m).
//
// A step to σ_s = 0 has no middle and is DDIM's.
type DPMpp2S struct{}

func (DPMpp2S) Info() Info {
	return Info{"DPM-Solver++(2S)", ODE, 2, 2, false, false, "Lu et al. 2022, alg. 1 (arXiv:2211.01095)", nil}
}

func (DPMpp2S) New(d sde.Denoiser, n int) Stepper {
	return &dpmpp2s{eval: eval{d: d}, m: mat.NewDense(n, d.Dim(), nil), y: mat.NewDense(n, d.Dim(), nil)}
}

type dpmpp2s struct {
	eval
	m, y *mat.Dense
}

func (st *dpmpp2s) Step(x *mat.Dense, t, s float64, _ sde.Noise) error {
	sched := st.d.Schedule()
	ct, cs := sched.Coeff(t), sched.Coeff(s)
	h := cs.Lambda() - ct.Lambda()
	if err := st.denoise(st.m, x, t); err != nil {
		return err
	}
	if !math.IsInf(h, 0) {
		mid := sde.TimeAt(sched, ct.Lambda()+0.5*h)
		cm := sched.Coeff(mid)
		combine(st.y, cm.Sigma/ct.Sigma, x, -cm.Alpha*math.Expm1(-0.5*h), st.m)
		if err := st.denoise(st.m, st.y, mid); err != nil {
			return err
		}
	}
	combine(x, cs.Sigma/ct.Sigma, x, -cs.Alpha*math.Expm1(-h), st.m)
	return nil
}
