package sample

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DiffPIR is plug-and-play restoration (Zhu et al. 2023, alg. 1, arXiv:2305.08995).
// With ρ = σ_t/α_t, a step makes of D the minimum
//
//	x̂ = argmin -log p(y|A(x)) + Lambda |x - D|²/(2ρ²)
//
// in closed form for a linear observation with a normal error (see ConditionOnLinear),
// and by L-BFGS from D on, with which it is a local one, for any other (see
// ConditionOnObservation); and with ε̂ = (x - α_t x̂)/σ_t goes to
//
//	x_s = α_s x̂ + σ_s (√(1-Zeta) ε̂ + √Zeta z).
//
// SD and x are in the units of the model; the published code has SD in [0, 1] for
// images in [-1, 1], so that its Lambda is four times this one. The rows are near a
// mode of the posterior and do not have its spread. No derivative is needed.
type DiffPIR struct {
	Lambda float64 // weight of the prior; zero means 1
	// LambdaFunc, when set, is Lambda at the time at which a step begins, positive, and
	// Lambda must be 0.
	LambdaFunc func(t float64) float64
	// ZetaFunc is the fraction of new noise in variance, Zeta, at the time at which a step
	// begins. Nil means 1 always. It must be in [0, 1].
	ZetaFunc func(t float64) float64
}

func (m DiffPIR) Info() Info {
	return Info{"DiffPIR", Weak, 0, 1, true, false, "Zhu et al. 2023, alg. 1 (arXiv:2305.08995)", nil}
}

func (DiffPIR) Caveats() []string {
	return []string{"plug-and-play rows are restorations, not draws from the posterior; SplitGibbs, or particles (TDS), give those"}
}

// New implements Method. It panics on a negative Lambda, and when Lambda and LambdaFunc are
// both set. Steps err unless d has an observation, and where Lambda or Zeta is out of range.
func (m DiffPIR) New(d sde.Denoiser, n int) Stepper {
	if !(m.Lambda >= 0) {
		panic("sample: DiffPIR with a negative Lambda")
	}
	if m.Lambda != 0 && m.LambdaFunc != nil {
		panic("sample: DiffPIR has both Lambda and LambdaFunc")
	}
	m.Lambda = cmp.Or(m.Lambda, 1)
	st := &diffpir{eval: eval{d: d}, m: m, mean: mat.NewDense(n, d.Dim(), nil), z: mat.NewDense(n, d.Dim(), nil)}
	if o, ok, err := conditionOf[observed](d, n); ok {
		st.descent, st.err = newDescent(o.Observation), err
		return st
	}
	if st.y, st.err = measuredOf(d, n); st.err == nil {
		st.target = make([]float64, len(st.y.s))
	}
	return st
}

type diffpir struct {
	eval
	m       DiffPIR
	y       *measured
	descent *descent // in place of y
	err     error
	mean, z *mat.Dense
	target  []float64
}

func (st *diffpir) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if st.err != nil {
		return st.err
	}
	lambda, zeta, err := st.m.at(t)
	if err != nil {
		return err
	}
	if err := st.denoise(st.mean, x, t); err != nil {
		return err
	}
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	rho := ct.Sigma / ct.Alpha
	if v := rho * rho / lambda; st.descent == nil {
		st.y.prox(st.mean, v, nil, st.target)
	} else if err := st.descent.prox(st.mean, v); err != nil {
		return err
	}
	k := cs.Sigma / ct.Sigma * math.Sqrt(1-zeta)
	combine(x, k, x, cs.Alpha-ct.Alpha*k, st.mean)
	if c := cs.Sigma * math.Sqrt(zeta); c > 0 {
		z.Normal(st.z, t, s, 0)
		accumulate(x, c, st.z)
	}
	return nil
}

// at returns Lambda and Zeta of a step that begins at t.
func (m DiffPIR) at(t float64) (lambda, zeta float64, err error) {
	if lambda, err = overTime("lambda", m.LambdaFunc, t, m.Lambda); err == nil && lambda == 0 {
		err = fmt.Errorf("lambda is 0 at t = %.4g: give a function that is positive at every time of the run", t)
	}
	if err != nil {
		return 0, 0, err
	}
	if zeta, err = overTime("zeta", m.ZetaFunc, t, 1); err == nil && zeta > 1 {
		err = fmt.Errorf("zeta is %.6g at t = %.4g: it is a fraction of the noise, at most 1", zeta, t)
	}
	return lambda, zeta, err
}
