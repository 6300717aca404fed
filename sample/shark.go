package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// ShARK is the shifted additive-noise Runge-Kutta scheme of Foster et al. 2023,
// eq. 6.1 (arXiv:2305.19240), for the reverse SDE: strong order 3/2 and weak
// order 2 for two evaluations. Besides the increment W of the Brownian path
// over a step of size h it uses the path's area H = (1/h)∫(W_u - (u/h) W) du, of
// variance h/12 and independent of W. With F the rate from noise to data,
//
//	f1 = F(x + g(t) H, t)
//	f2 = F(x + 5/6 h f1 + g(t) (5/6 W + H), t - 5/6 h)
//	x_s = x + h (2/5 f1 + 3/5 f2) + g(t) W + (g(s) - g(t)) (½W - H)
//
// W takes use 0 of the noise, and H use 1.
type ShARK struct {
	EtaFunc func(t float64) float64 // noise scale η at t; nil means 1
}

func (ShARK) Info() Info {
	return Info{"ShARK", Strong, 1.5, 2, true, false, "Foster et al. 2023, eq. 6.1 (arXiv:2305.19240)", ShiftedGrid{}}
}

func (m ShARK) New(d sde.Denoiser, n int) Stepper {
	w := d.Dim()
	return &shark{
		eval: eval{d: d}, etaAt: m.EtaFunc,
		m: mat.NewDense(n, w, nil), f: mat.NewDense(n, w, nil), y: mat.NewDense(n, w, nil),
		w: mat.NewDense(n, w, nil), h: mat.NewDense(n, w, nil),
	}
}

type shark struct {
	eval
	etaAt   func(float64) float64
	m, f, y *mat.Dense
	w, h    *mat.Dense
}

func (st *shark) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	sched, h := st.d.Schedule(), t-s
	mid := t - 5./6*h
	var p, q, g [3]float64
	for i, u := range [3]float64{t, mid, s} {
		eta, err := etaOf(st.etaAt, u, 1)
		if err != nil {
			return err
		}
		p[i], q[i], g[i] = reverseRate(sched, u, eta)
	}
	z.Normal(st.w, t, s, 0)
	z.Normal(st.h, t, s, 1)
	rw, rh := math.Sqrt(h), math.Sqrt(h/12)

	combine(st.y, 1, x, g[0]*rh, st.h)
	if err := st.denoise(st.m, st.y, t); err != nil {
		return err
	}
	combine(st.f, p[0], st.y, q[0], st.m) // f1
	combine(st.y, 1, st.y, 5./6*h, st.f)
	accumulate(st.y, g[0]*5./6*rw, st.w)
	if err := st.denoise(st.m, st.y, mid); err != nil {
		return err
	}
	accumulate(x, 0.4*h, st.f)
	accumulate(x, 0.6*h*p[1], st.y) // f2 = p y + q D
	accumulate(x, 0.6*h*q[1], st.m)
	accumulate(x, (g[0]+0.5*(g[2]-g[0]))*rw, st.w)
	accumulate(x, -(g[2]-g[0])*rh, st.h)
	return nil
}
