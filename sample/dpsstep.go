package sample

import (
	"cmp"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DPSStep is diffusion posterior sampling as published (Chung et al. 2023, alg. 1,
// arXiv:2209.14687) for a linear observation (see ConditionOnLinear): after a step of
// DDIM with Eta 1,
//
//	x_s ← x_s - Zeta ∇_{x_t} |y - A D(x_t)|,
//
// with the norm of each row by itself. Zeta is a length in x_s per step: twice as
// many steps guide twice as much, and other schedules otherwise, so that this is
// for comparison with the literature; package guide has DPS as a score. The
// denoiser must be sde.Differentiable.
type DPSStep struct {
	Zeta float64 // zero means 1
	// ZetaFunc, when set, is Zeta at the time at which a step begins, and Zeta must be 0.
	ZetaFunc func(t float64) float64
}

func (DPSStep) Info() Info {
	return Info{"DPS, per step", Weak, 0, 1, true, false, "Chung et al. 2023, alg. 1 (arXiv:2209.14687)", nil}
}

func (DPSStep) Caveats() []string {
	return []string{"DPS with a step of its own is no posterior sampler, and its strength depends on the number of steps; use MMPS, or particles (TDS)"}
}

// New implements Method. It panics on a negative Zeta, and when Zeta and ZetaFunc are both
// set. Steps err unless d has an observation and can be differentiated.
func (m DPSStep) New(d sde.Denoiser, n int) Stepper {
	if !(m.Zeta >= 0) {
		panic("sample: DPSStep with a negative Zeta")
	}
	if m.Zeta != 0 && m.ZetaFunc != nil {
		panic("sample: DPSStep has both Zeta and ZetaFunc")
	}
	m.Zeta = cmp.Or(m.Zeta, 1)
	w := d.Dim()
	st := &dpsStep{sched: d.Schedule(), zeta: m.Zeta, over: m.ZetaFunc, mean: mat.NewDense(n, w, nil), u: mat.NewDense(n, w, nil), g: mat.NewDense(n, w, nil)}
	st.y, st.err = measuredOf(d, n)
	if st.err != nil {
		return st
	}
	var ok bool
	if st.d, ok = d.(sde.Differentiable); !ok {
		st.err = errors.New("the denoiser has no derivative: wrap the model by sde.ByDifferences")
	}
	return st
}

type dpsStep struct {
	sched      sde.Schedule
	d          sde.Differentiable
	zeta       float64
	over       func(t float64) float64 // ζ at t; nil means zeta
	y          *measured
	err        error
	mean, u, g *mat.Dense
	t          [1]float64
}

func (st *dpsStep) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if st.err != nil {
		return st.err
	}
	zeta, err := overTime("zeta", st.over, t, st.zeta)
	if err != nil {
		return err
	}
	st.t[0] = t
	pull, err := st.d.Linearize(st.mean, x, st.t[:])
	if err != nil {
		return err
	}
	n, _ := x.Dims()
	for i := range n { // minus the gradient of the norm in D: Aᵀ(y - AD)/|y - AD|
		u, d, norm := st.u.RawRowView(i), st.mean.RawRowView(i), 0.0
		clear(u)
		for k, y := range st.y.row(i) {
			a := st.y.m.RawRowView(k)
			r := y - st.y.b[k]
			for j, v := range a {
				r -= v * d[j]
			}
			norm += r * r
			for j, v := range a {
				u[j] += r * v
			}
		}
		if norm = math.Sqrt(norm); norm > 0 {
			for j := range u {
				u[j] /= norm
			}
		}
	}
	if err := pull(st.g, st.u); err != nil {
		return err
	}
	ct, cs := st.sched.Coeff(t), st.sched.Coeff(s)
	r := ct.Alpha / cs.Alpha * cs.Sigma / ct.Sigma
	k := cs.Sigma / ct.Sigma * r
	combine(x, k, x, cs.Alpha-ct.Alpha*k, st.mean)
	if sd := cs.Sigma * math.Sqrt(1-r*r); sd > 0 {
		z.Normal(st.u, t, s, 0)
		accumulate(x, sd, st.u)
	}
	accumulate(x, zeta, st.g)
	return nil
}
