package sample

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Recurrence takes each step of a method several times: after the step from t
// to s it draws x_t given x_s from the forward process and steps again (the
// resampling of RePaint, Lugmayr et al. 2022, arXiv:2201.09865; the
// self-recurrence of Bansal et al. 2023, arXiv:2302.07121; as a corrector, Gibbs
// sampling between x_s and x_t). With exact steps it changes nothing; it corrects
// the errors of a step, or of an approximate guide.
//
// A method with a history starts anew on each repetition. No order is declared.
type Recurrence struct {
	Inner Method // takes the steps
	Times int    // repetitions of each step; zero means 1
}

func (m Recurrence) Info() Info {
	in := m.Inner.Info()
	in.Name += " with recurrence"
	in.Kind, in.Order, in.Stochastic = Weak, 0, true
	in.EvalsPerStep *= 1 + m.times()
	in.Source = "Lugmayr et al. 2022, alg. 1 (arXiv:2201.09865)"
	return in
}

func (m Recurrence) Caveats() []string { return caveats(m.Inner) }

func (m Recurrence) times() int { return cmp.Or(m.Times, 1) }

// New implements Method. It panics when Times is negative or Inner nil.
func (m Recurrence) New(d sde.Denoiser, n int) Stepper {
	if m.Times < 0 || m.Inner == nil {
		panic("sample: Recurrence with negative Times or no Inner")
	}
	return &recurrence{d: d, inner: m.Inner.New(d, n), times: m.times(), z: mat.NewDense(n, d.Dim(), nil)}
}

type recurrence struct {
	d     sde.Denoiser
	inner Stepper
	times int
	z     *mat.Dense
	noise shifted
}

var _ Gatherer = (*recurrence)(nil)

// The draws of repetition k of a step have the uses from k·usesPerStep on. The last of
// them is for the step of the forward process.
const usesPerStep = 1 << 16

func (st *recurrence) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	st.noise.z = z
	for i := range st.times + 1 {
		if i > 0 {
			climb(x, st.d.Schedule(), t, s, z, i*usesPerStep-1, st.z)
		}
		st.noise.by = i * usesPerStep
		if err := st.inner.Step(x, t, s, &st.noise); err != nil {
			return err
		}
	}
	return nil
}

func (st *recurrence) Gather(idx []int) { gatherInner(st.inner, idx) }

// climb draws x_t given x_s from the forward process, with the noise of (t, s) and use.
func climb(x *mat.Dense, sched sde.Schedule, t, s float64, z sde.Noise, use int, noise *mat.Dense) {
	ct, cs := sched.Coeff(t), sched.Coeff(s)
	k := ct.Alpha / cs.Alpha
	z.Normal(noise, t, s, use)
	combine(x, k, x, math.Sqrt(math.Max(0, ct.Sigma*ct.Sigma-k*k*cs.Sigma*cs.Sigma)), noise)
}
