package sample

import (
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

// Info implements Method.
func (m Recurrence) Info() Info {
	in := m.Inner.Info()
	in.Name += " with recurrence"
	in.Kind, in.Order, in.Stochastic = Weak, 0, true
	in.EvalsPerStep *= 1 + m.times()
	in.Source = "Lugmayr et al. 2022, alg. 1 (arXiv:2201.09865)"
	return in
}

// Caveats are those of the inner method.
func (m Recurrence) Caveats() []string { return caveats(m.Inner) }

func (m Recurrence) times() int {
	if m.Times == 0 {
		return 1
	}
	return m.Times
}

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
	ct, cs := st.d.Schedule().Coeff(t), st.d.Schedule().Coeff(s)
	k := ct.Alpha / cs.Alpha
	sd := math.Sqrt(math.Max(0, ct.Sigma*ct.Sigma-k*k*cs.Sigma*cs.Sigma))
	st.noise.z = z
	for i := range st.times + 1 {
		if i > 0 {
			z.Normal(st.z, t, s, i*usesPerStep-1)
			combine(x, k, x, sd, st.z)
		}
		st.noise.by = i * usesPerStep
		if err := st.inner.Step(x, t, s, &st.noise); err != nil {
			return err
		}
	}
	return nil
}

// Gather implements Gatherer.
func (st *recurrence) Gather(idx []int) {
	if g, ok := st.inner.(Gatherer); ok {
		g.Gather(idx)
	}
}
