package sample

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DPMpp2MSDE is DPM-Solver++(2M) for the reverse SDE with a constant amount of
// noise (Lu et al. 2022b, eq. 18, arXiv:2211.01095), weak order 2 for one
// evaluation per step. With h = λ_s - λ_t, the last posterior mean D_p and step
// h_p, and e = Eta,
//
//	x_s = (σ_s/σ_t) e^{-eh} x + α_s (1 - e^{-(1+e)h}) [D + h/(2h_p) (D - D_p)] + σ_s √(1 - e^{-2eh}) z.
//
// The first step of a trajectory has no D_p: with Eta 1 it is DDIM's with η 1.
// Eta 0 of the formula is DPMpp2M.
type DPMpp2MSDE struct {
	Eta float64 // zero means 1
	// EtaFunc, when set, is Eta as a function of the time at which a step
	// begins, and Eta must be 0.
	EtaFunc func(t float64) float64
	// Levels are positions of a row that are a category, as first and behind the last: 1 at its
	// level and 0 elsewhere, where the denoiser gives the probabilities of the levels. Each step
	// then draws a level by them, which is exact for steps of any size where the columns are
	// independent, and so does Options.Denoise. Needs Eta 1. The step is no normal law any more, so
	// that particles cannot take it.
	Levels [][2]int
}

func (DPMpp2MSDE) Info() Info {
	return Info{"DPM-Solver++(2M) SDE", Weak, 2, 1, true, false, "Lu et al. 2022, eq. 18 (arXiv:2211.01095)", nil}
}

// New implements Method. It panics when Eta is negative, set beside EtaFunc, or not 1 beside Levels.
func (m DPMpp2MSDE) New(d sde.Denoiser, n int) Stepper {
	if !(m.Eta >= 0) || m.Eta != 0 && m.EtaFunc != nil {
		panic("sample: DPMpp2MSDE with a negative Eta, or two")
	}
	m.Eta = cmp.Or(m.Eta, 1)
	if len(m.Levels) > 0 {
		if m.Eta != 1 || m.EtaFunc != nil {
			panic("sample: DPMpp2MSDE with Levels, and another Eta than 1")
		}
		return newLevelSDE(d, m, n)
	}
	return &dpmpp2mSDE{eval: eval{d: d}, history: newHistory(n, d.Dim()), m: m, z: mat.NewDense(n, d.Dim(), nil)}
}

type dpmpp2mSDE struct {
	eval
	history
	m DPMpp2MSDE
	z *mat.Dense
}

var (
	_ Gatherer = (*dpmpp2mSDE)(nil)
	_ Kernel   = (*dpmpp2mSDE)(nil)
)

func (st *dpmpp2mSDE) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	d := st.next(t, s)
	h, sd, err := st.moments(x, d, x, t, s)
	if err != nil {
		return err
	}
	st.push(h)
	if sd > 0 {
		addNoise(x, sd, z, st.z, t, s)
	}
	return nil
}

func (st *dpmpp2mSDE) Moments(mean, x *mat.Dense, t, s float64) (float64, error) {
	end, hPrev := st.end, st.hPrev
	_, sd, err := st.moments(mean, st.next(t, s), x, t, s)
	st.end, st.hPrev = end, hPrev
	return sd, err
}

// moments stores the mean of the step in mean and D in d.
func (st *dpmpp2mSDE) moments(mean, d, x *mat.Dense, t, s float64) (h, sd float64, err error) {
	eta, err := etaOf(st.m.EtaFunc, t, st.m.Eta)
	if err != nil {
		return 0, 0, err
	}
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	if err := st.denoise(d, x, t); err != nil {
		return 0, 0, err
	}
	h = cs.Lambda() - ct.Lambda()
	a, k := 0.0, cs.Alpha
	if !math.IsInf(h, 0) {
		a, k = cs.Sigma/ct.Sigma*math.Exp(-eta*h), -cs.Alpha*math.Expm1(-(1+eta)*h)
		sd = cs.Sigma * math.Sqrt(-math.Expm1(-2*eta*h))
	}
	e := st.extrapolation(h)
	extrapolate(mean, a, x, k*(1+e), d, -k*e, st.prev)
	return h, sd, nil
}
