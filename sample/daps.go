package sample

import (
	"cmp"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DAPS is decoupled annealing posterior sampling (Zhang et al. 2024, alg. 1,
// arXiv:2407.01521) of a linear observation (see ConditionOnLinear). A step from t to s
// carries x_t to x̂_0 by Inner steps of DDIM along the probability flow, takes
//
//	x_0 ~ N(x_0; x̂_0, (Spread ρ_t)² I) N(y; A x_0, SD² I)/Z,   ρ = σ/α,
//
// by an exact draw, where published code has Langevin steps, and noises it anew:
// x_s = α_s x_0 + σ_s z.
type DAPS struct {
	Inner  int     // evaluations per step; zero means 5
	Spread float64 // zero means 1
}

func (m DAPS) Info() Info {
	return Info{"DAPS", Weak, 0, m.inner(), true, false, "Zhang et al. 2024, alg. 1 (arXiv:2407.01521)", nil}
}

func (DAPS) Caveats() []string {
	return []string{"DAPS takes x_0 given x_t for an isotropic normal around the end of the flow; compare with particles (TDS)"}
}

func (m DAPS) inner() int { return cmp.Or(m.Inner, 5) }

// New implements Method. It panics on negative options. Steps err unless d has an
// observation.
func (m DAPS) New(d sde.Denoiser, n int) Stepper {
	if m.Inner < 0 || !(m.Spread >= 0) {
		panic("sample: DAPS with negative options")
	}
	m.Spread = cmp.Or(m.Spread, 1)
	st := &daps{d: d, m: m, flow: DDIM{}.New(d, n), z: mat.NewDense(n, d.Dim(), nil), last: eval{d: d}, mean: mat.NewDense(n, d.Dim(), nil)}
	if st.y, st.err = measuredOf(d, n); st.err == nil {
		st.w = newDrawn(st.y, n)
	}
	return st
}

type daps struct {
	d       sde.Denoiser
	m       DAPS
	flow    Stepper
	last    eval
	y       *measured
	err     error
	w       *drawn
	z, mean *mat.Dense
}

func (st *daps) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if st.err != nil {
		return st.err
	}
	sched := st.d.Schedule()
	ct, cs := sched.Coeff(t), sched.Coeff(s)
	// down to the end in steps uniform in λ, the last of them to the posterior mean
	end := sde.MinTime(sched)
	from, a := t, ct.Lambda()
	if b := sched.Coeff(end).Lambda(); a < b {
		inner := st.m.inner()
		for k := 1; k < inner; k++ {
			to := sde.TimeAt(sched, a+float64(k)/float64(inner)*(b-a))
			if err := st.flow.Step(x, from, to, z); err != nil {
				return err
			}
			from = to
		}
	}
	if err := st.last.denoise(st.mean, x, from); err != nil {
		return err
	}
	rho := st.m.Spread * ct.Sigma / ct.Alpha
	st.y.conditional(st.mean, rho*rho, z, t, s, 0, st.w)
	z.Normal(st.z, t, s, 1)
	combine(x, cs.Alpha, st.mean, cs.Sigma, st.z)
	return nil
}
