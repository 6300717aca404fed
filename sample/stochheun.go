package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// StochasticHeun is the improved Euler scheme for the reverse SDE, weak order 2
// for two evaluations (Roberts 2012, arXiv:1210.0933; the step of
// Jolicoeur-Martineau et al. 2021, alg. 1, arXiv:2105.14080). With F the rate
// from noise to data, h = t - s, w = √h z, and g including η:
//
//	K1 = h F(x, t) + g(t) w     K2 = h F(x + K1, s) + g(s) w     x_s = x + ½(K1 + K2)
//
// Steps to σ_s = 0, where F is infinite, are errors.
type StochasticHeun struct {
	EtaFunc func(t float64) float64 // noise scale η at t; nil means 1
}

func (StochasticHeun) Info() Info {
	return Info{"stochastic Heun", Weak, 2, 2, true, false, "Jolicoeur-Martineau et al. 2021, alg. 1 (arXiv:2105.14080)", ShiftedGrid{}}
}

func (m StochasticHeun) New(d sde.Denoiser, n int) Stepper {
	w := d.Dim()
	return &stochHeun{
		eval: eval{d: d}, etaAt: m.EtaFunc,
		m: mat.NewDense(n, w, nil), y: mat.NewDense(n, w, nil), z: mat.NewDense(n, w, nil),
	}
}

type stochHeun struct {
	eval
	etaAt   func(float64) float64
	m, y, z *mat.Dense
}

func (st *stochHeun) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	eta, err := etaOf(st.etaAt, t, 1)
	if err != nil {
		return err
	}
	etaS, err := etaOf(st.etaAt, s, 1)
	if err != nil {
		return err
	}
	sched, h := st.d.Schedule(), t-s
	if sched.Coeff(s).Sigma == 0 {
		return errInfiniteRate
	}
	p, q, g := reverseRate(sched, t, eta)
	ps, qs, gs := reverseRate(sched, s, etaS)
	if err := st.denoise(st.m, x, t); err != nil {
		return err
	}
	z.Normal(st.z, t, s, 0)
	combine(st.y, 1+h*p, x, h*q, st.m) // x + K1
	accumulate(st.y, g*math.Sqrt(h), st.z)
	if err := st.denoise(st.m, st.y, s); err != nil {
		return err
	}
	// x + ½(K1 + K2) = ½x + ½(x + K1) + ½K2.
	combine(x, 0.5, x, 0.5*(1+h*ps), st.y)
	accumulate(x, 0.5*h*qs, st.m)
	accumulate(x, 0.5*gs*math.Sqrt(h), st.z)
	return nil
}
