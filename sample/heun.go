package sample

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Heun is the second-order sampler of Karras et al. 2022, algorithms 1 and 2
// (arXiv:2206.00364), for any schedule. In y = x/α and S = σ/α the probability
// flow is dy/dS = (y - D)/S; a step is Heun's rule from S_t to S_s (Euler's
// where S_s is 0), two evaluations:
//
//	d  = (y - D(y, S_t))/S_t     y' = y + (S_s - S_t) d
//	d' = (y' - D(y', S_s))/S_s   y_s = y + ½ (S_s - S_t)(d + d')
//
// It favors grids that are fine near the data and equal in λ at noise (ShiftedGrid); from the very
// large S_t of a VP schedule at t = 1, steps uniform in λ are too long for it.
//
// With Churn, a step from S_t in [SMin, SMax] first raises the noise to
// (1+γ) S_t, ln(1+γ) = min(Churn·h, ½ ln 2), h = ln(S_t/S_s), though never
// above that of t = 1. Churn is a rate per unit of λ: the published S_churn, a
// sum over the run, is Churn times the run's range of λ on the LogSNRGrid grid.
type Heun struct {
	Churn      float64 // zero means deterministic
	SMin, SMax float64 // where to churn; zero SMax means no upper bound
	SNoise     float64 // standard deviation of the new noise; zero means 1
}

func (m Heun) Info() Info {
	in := Info{"Heun (EDM)", ODE, 2, 2, false, false, "Karras et al. 2022, alg. 1 (arXiv:2206.00364)", ShiftedGrid{}}
	if m.Churn > 0 {
		in.Name, in.Kind, in.Stochastic = "Heun (EDM, churn)", Weak, true
		in.Source = "Karras et al. 2022, alg. 2 (arXiv:2206.00364)"
	}
	return in
}

// New implements Method. It panics when a field is negative.
func (m Heun) New(d sde.Denoiser, n int) Stepper {
	if !(m.Churn >= 0 && m.SMin >= 0 && m.SMax >= 0 && m.SNoise >= 0) {
		panic("sample: negative option of Heun")
	}
	m.SMax = cmp.Or(m.SMax, math.Inf(1))
	m.SNoise = cmp.Or(m.SNoise, 1)
	w := d.Dim()
	return &heun{
		eval: eval{d: d}, Heun: m, lambda1: d.Schedule().Coeff(1).Lambda(),
		d0: mat.NewDense(n, w, nil), y: mat.NewDense(n, w, nil), d1: mat.NewDense(n, w, nil),
	}
}

type heun struct {
	eval
	Heun
	lambda1   float64 // the least λ there is
	d0, y, d1 *mat.Dense
}

func (st *heun) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	sched := st.d.Schedule()
	ct, cs := sched.Coeff(t), sched.Coeff(s)
	if u := st.raised(ct, cs); u < ct.Lambda() {
		r := sde.TimeAt(sched, u)
		cr := sched.Coeff(r)
		z.Normal(st.y, t, s, 0)
		k := cr.Alpha / ct.Alpha
		v := cr.Sigma*cr.Sigma - k*k*ct.Sigma*ct.Sigma // variance from t up to r
		combine(x, k, x, st.SNoise*math.Sqrt(math.Max(v, 0)), st.y)
		t, ct = r, cr
	}
	if err := st.denoise(st.d0, x, t); err != nil {
		return err
	}
	st1, ss := ct.Sigma/ct.Alpha, cs.Sigma/cs.Alpha
	// x at s by Euler's rule: α_s (y + (S_s - S_t)(y - D)/S_t).
	r := ss / st1
	if ss == 0 {
		combine(x, 0, x, cs.Alpha, st.d0)
		return nil
	}
	combine(st.y, cs.Alpha*r/ct.Alpha, x, cs.Alpha*(1-r), st.d0)
	if err := st.denoise(st.d1, st.y, s); err != nil {
		return err
	}
	// y + ½(S_s - S_t)[(y - D)/S_t + (y' - D')/S_s], gathered by y, D, y', D'.
	a, b := 0.5*(r-1), 0.5*(1-1/r)
	combine(x, cs.Alpha*(1+a)/ct.Alpha, x, -cs.Alpha*a, st.d0)
	accumulate(x, b, st.y)
	accumulate(x, -cs.Alpha*b, st.d1)
	return nil
}

// raised returns the λ to which the noise is raised before the step, λ_t if it is not.
func (st *heun) raised(ct, cs sde.Coeff) float64 {
	l := ct.Lambda()
	if s := ct.Sigma / ct.Alpha; st.Churn == 0 || s < st.SMin || s > st.SMax {
		return l
	}
	up := math.Min(st.Churn*(cs.Lambda()-l), 0.5*math.Ln2)
	return math.Max(l-up, st.lambda1)
}
