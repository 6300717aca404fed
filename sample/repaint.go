package sample

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// RePaint is Replacement with resampling (Lugmayr et al. 2022, alg. 1 and
// appendix B, arXiv:2201.09865): after a segment of Length steps the trajectory
// goes back up to where the segment began, by the forward process, and takes it
// again, until it has been taken Repeats times. It tends to the conditional law
// as the steps become small and Repeats large. Known coordinates are those of
// ConditionOnValues.
//
// With Length above 1 the first segment begins after Length - 1 steps, as
// published: 250 steps with the defaults take 2410 evaluations. Known values
// enter after each step. Where those with an error are no longer set, nothing is
// taken again.
type RePaint struct {
	Inner   Method
	Length  int // zero means 10
	Repeats int // zero means 10; 1 is Replacement
}

// Info implements Method. EvalsPerStep, by which a budget is kept, is that of a
// step that is taken Repeats times.
func (m RePaint) Info() Info {
	in := Replacement{m.Inner}.Info()
	_, r := m.schedule()
	in.Name = m.Inner.Info().Name + " with RePaint"
	in.EvalsPerStep *= r
	in.Source = "Lugmayr et al. 2022, alg. 1 (arXiv:2201.09865)"
	return in
}

// Caveats are those of the inner method, and the bias.
func (m RePaint) Caveats() []string {
	_, r := m.schedule()
	return append(caveats(m.Inner), fmt.Sprintf("RePaint with %d repeats is biased; the bias falls as they grow, and particles (TDS) have none", r))
}

func (m RePaint) schedule() (length, repeats int) {
	return cmp.Or(m.Length, 10), cmp.Or(m.Repeats, 10)
}

// New implements Method. It panics without Inner and on negative numbers. Steps
// err unless d has known values.
func (m RePaint) New(d sde.Denoiser, n int) Stepper {
	if m.Inner == nil || m.Length < 0 || m.Repeats < 0 {
		panic("sample: RePaint without Inner, or with a negative number")
	}
	length, repeats := m.schedule()
	return &repaint{
		inner: m.Inner.New(d, n), inpainter: newInpainter(d, n), length: length, repeats: repeats,
		up: mat.NewDense(n, d.Dim(), nil), last: math.NaN(),
	}
}

type repaint struct {
	inner Stepper
	inpainter
	length, repeats int
	up              *mat.Dense // noise of the way up
	noise           shifted
	last            float64   // where the last step ended
	steps           int       // of this trajectory
	times           []float64 // at most the last length+1
}

var _ Gatherer = (*repaint)(nil)

func (st *repaint) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	if st.err != nil {
		return st.err
	}
	if t != st.last {
		st.steps, st.times = 0, append(st.times[:0], t)
	}
	if len(st.times) > st.length {
		st.times = st.times[:copy(st.times, st.times[1:])]
	}
	st.steps++
	st.times, st.last = append(st.times, s), s
	st.noise.z = z
	if err := st.down(x, t, s, 0); err != nil {
		return err
	}
	if !st.applies(s) { // repeats would lose the known values
		return nil
	}
	if st.steps < 2*st.length-1 || (st.steps+1)%st.length != 0 {
		return nil
	}
	for visit := 1; visit < st.repeats; visit++ {
		climb(x, st.sched, st.times[0], s, z, visit*usesPerStep-1, st.up)
		for k := range st.length {
			if err := st.down(x, st.times[k], st.times[k+1], visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// down is one step with the known values at its end, and draws of its own at each visit.
func (st *repaint) down(x *mat.Dense, t, s float64, visit int) error {
	st.noise.by = visit * usesPerStep
	if err := st.inner.Step(x, t, s, &st.noise); err != nil {
		return err
	}
	st.inpaint(x, t, s, &st.noise, usesPerStep-2)
	return nil
}

func (st *repaint) Gather(idx []int) { gatherInner(st.inner, idx) }
