package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// UniPC2 is the predictor-corrector UniPC-2 with B(h) = e^{-h} - 1 of Zhao et
// al. 2023, algorithms 5 and 6 (arXiv:2302.04867), in posterior means. It
// measures order 3 for one evaluation per step: the evaluation at the predicted
// state serves the correction of that state and the next prediction.
//
// With m_0, m_p, m_s the means at t, before t and at s, h and h_p the steps in
// λ, B = e^{-h} - 1 and D_1 = -(h/h_p)(m_p - m_0), the prediction is
// DPM-Solver++(2M),
//
//	x_s = (σ_s/σ_t) x - α_s B (m_0 + ½ D_1)
//
// and the corrected state has q_0 D_1 + q_1 (m_s - m_0) in place of ½ D_1, with
//
//	c_1 = (B/(-h) - 1)/B,  c_2 = 2((B/(-h) - 1)/(-h) - ½)/B,  q_0 = (c_1-c_2)/(1+h_p/h),  q_1 = c_1 - q_0.
//
// The first step has D_1 = 0 and q_1 = ½. A state is corrected at the beginning
// of the step after, when m_s is there; so the last one is not, as published,
// and observers see predicted states.
type UniPC2 struct{}

func (UniPC2) Info() Info {
	return Info{"UniPC-2", ODE, 3, 1, false, false, "Zhao et al. 2023, alg. 5 and 6 (arXiv:2302.04867)", nil}
}

func (UniPC2) New(d sde.Denoiser, n int) Stepper {
	u := &unipc2{eval: eval{d: d}, end: math.NaN(), spare: mat.NewDense(n, d.Dim(), nil)}
	for i := range u.m {
		u.m[i] = mat.NewDense(n, d.Dim(), nil)
	}
	return u
}

type unipc2 struct {
	eval
	m     [3]*mat.Dense // means at the begin of this step, of the last, of the one before
	spare *mat.Dense
	end   float64    // where the last step ended
	h     [2]float64 // sizes of the last step and the one before; 0 where there is none
}

var _ Gatherer = (*unipc2)(nil)

func (st *unipc2) Step(x *mat.Dense, t, s float64, _ sde.Noise) error {
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	if t != st.end {
		st.h = [2]float64{}
	}
	st.end = s
	if err := st.denoise(st.m[0], x, t); err != nil {
		return err
	}
	st.correct(x, ct.Alpha)

	h := cs.Lambda() - ct.Lambda()
	k := -cs.Alpha * math.Expm1(-h)
	var e float64
	if st.h[0] != 0 && !math.IsInf(h, 0) {
		e = 0.5 * h / st.h[0]
	}
	combine(x, cs.Sigma/ct.Sigma, x, k*(1+e), st.m[0])
	if e != 0 {
		accumulate(x, -k*e, st.m[1])
	}
	st.m[0], st.m[1], st.m[2] = st.m[2], st.m[0], st.m[1]
	st.h[0], st.h[1] = h, st.h[0]
	return nil
}

// correct turns the state predicted by the last step into the corrected one.
func (st *unipc2) correct(x *mat.Dense, alpha float64) {
	h, hp := st.h[0], st.h[1]
	if h == 0 || math.IsInf(h, 0) {
		return
	}
	b := math.Expm1(-h)
	if hp == 0 || math.IsInf(hp, 0) {
		accumulate(x, -0.5*alpha*b, st.m[0])
		accumulate(x, 0.5*alpha*b, st.m[1])
		return
	}
	k := b/-h - 1
	c1 := k / b
	c2 := 2 * (k/-h - 0.5) / b
	q0 := (c1 - c2) / (1 + hp/h)
	q1 := c1 - q0
	// -α B [(q_0 - ½) D_1 + q_1 (m_s - m_0)],  D_1 = -(h/h_p)(m_p - m_0).
	d := -(q0 - 0.5) * h / hp
	accumulate(x, -alpha*b*q1, st.m[0])
	accumulate(x, alpha*b*(q1+d), st.m[1])
	accumulate(x, -alpha*b*d, st.m[2])
}

func (st *unipc2) Gather(idx []int) {
	for i := 1; i < 3; i++ {
		gatherRows(st.spare, st.m[i], idx)
		st.m[i], st.spare = st.spare, st.m[i]
	}
}
