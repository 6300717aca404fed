package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// DPMpp2M is DPM-Solver++(2M) of Lu et al. 2022b, algorithm 2
// (arXiv:2211.01095), a two-step solver of the probability flow of second order
// for one evaluation per step. With h = λ_s - λ_t, the last step h_p and its
// posterior mean D_p, r = h_p/h and
//
//	D' = (1 + 1/(2r)) D - 1/(2r) D_p,
//	x_s = (σ_s/σ_t) x - α_s (e^{-h} - 1) D'.
//
// The first step of a trajectory, and a step to σ_s = 0, has D' = D: DDIM.
type DPMpp2M struct{}

func (DPMpp2M) Info() Info {
	return Info{"DPM-Solver++(2M)", ODE, 2, 1, false, false, "Lu et al. 2022, alg. 2 (arXiv:2211.01095)", nil}
}

func (DPMpp2M) New(d sde.Denoiser, n int) Stepper {
	return &dpmpp2m{eval: eval{d: d}, history: newHistory(n, d.Dim())}
}

type dpmpp2m struct {
	eval
	history
}

var _ Gatherer = (*dpmpp2m)(nil)

func (st *dpmpp2m) Step(x *mat.Dense, t, s float64, _ sde.Noise) error {
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	h := cs.Lambda() - ct.Lambda()
	d := st.next(t, s)
	if err := st.denoise(d, x, t); err != nil {
		return err
	}
	k := -cs.Alpha * math.Expm1(-h)
	e := st.extrapolation(h)
	extrapolate(x, cs.Sigma/ct.Sigma, x, k*(1+e), d, -k*e, st.prev)
	st.push(h)
	return nil
}

// history has the posterior mean of the last step, and the size of that step in λ.
type history struct {
	cur, prev, spare *mat.Dense
	end              float64 // where the last step ended; NaN before the first
	hPrev            float64 // its size in λ; 0 when the next step is the first
}

func newHistory(n, d int) history {
	return history{
		cur: mat.NewDense(n, d, nil), prev: mat.NewDense(n, d, nil), spare: mat.NewDense(n, d, nil),
		end: math.NaN(),
	}
}

// next begins the step from t to s and returns the matrix for the posterior mean at t.
func (hs *history) next(t, s float64) *mat.Dense {
	if t != hs.end {
		hs.hPrev = 0
	}
	hs.end = s
	return hs.cur
}

// extrapolation is 1/(2r) = h/(2 h_p), or 0 where the step must be of order 1.
func (hs *history) extrapolation(h float64) float64 {
	if hs.hPrev == 0 || math.IsInf(h, 0) {
		return 0
	}
	return 0.5 * h / hs.hPrev
}

func (hs *history) push(h float64) {
	hs.cur, hs.prev = hs.prev, hs.cur
	hs.hPrev = h
}

func (hs *history) Gather(idx []int) {
	gatherRows(hs.spare, hs.prev, idx)
	hs.prev, hs.spare = hs.spare, hs.prev
}
