package sample

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// proposer is a weigher that draws the particles itself.
type proposer interface {
	// propose stores draws at time s, made of the normals z, in x, which holds the
	// particles before the step, and adds log p/q of them to logw, with
	// p = N(mean, sd²). last says that the step is.
	propose(logw []float64, x, mean, z *mat.Dense, sd, s float64, last bool) error
}

// draw moves the particles from t to u, by the plain kernel if plain, and adds log p/q.
func (w *particleGroup) draw(t, u float64, z sde.Noise, plain bool) (sd float64, err error) {
	if sd, err = w.p.Moments(w.mp, w.x, t, u); err != nil {
		return 0, err
	}
	if pr, ok := w.w.(proposer); ok && sd > 0 {
		if err := w.remember(t, u); err != nil {
			return 0, err
		}
		z.Normal(w.z, t, u, 0)
		return sd, pr.propose(w.logw, w.x, w.mp, w.z, sd, u, plain)
	}
	mean := w.mp
	if w.q != nil && !plain && sd > 0 {
		other, err := w.q.Moments(w.mq, w.x, t, u)
		if err != nil {
			return 0, err
		}
		if other != sd {
			return 0, errors.New("the proposal's step has another standard deviation than the model's: their schedules differ")
		}
		mean = w.mq
		if c, ok := w.w.(interface {
			limit(mq, mp *mat.Dense, sd float64)
		}); ok {
			c.limit(w.mq, w.mp, sd)
		}
	}
	if err := w.remember(t, u); err != nil {
		return 0, err
	}
	if !(sd > 0) {
		w.x.Copy(mean)
		return sd, nil
	}
	z.Normal(w.z, t, u, 0)
	if mean == w.mq && w.defense != nil {
		w.src.Seek(stream.NewKey(w.s.o.Seed, "sample/mixture").At(uint64(w.group)).At(math.Float64bits(t)))
		w.defense.propose(w.logw, w.psi, w.x, w.mp, w.mq, w.z, sd, w.src.Float64)
		return sd, nil
	}
	combine(w.x, 1, mean, sd, w.z)
	if mean == w.mq {
		w.ratio(sd)
	}
	return sd, nil
}

// finish makes rows of the data, in w.spare, of the particles at the last time t, which
// were drawn from N(w.mp, sd²), and stores log ψ_0 of them in w.next.
func (w *particleGroup) finish(t, sd float64) error {
	w.spare.Copy(w.x)
	unscale(w.spare, w.d.Schedule(), t)
	unscale(w.mp, w.d.Schedule(), t)
	return w.w.finish(w.next, w.spare, w.mp, sd/w.d.Schedule().Coeff(t).Alpha, t)
}

// ratio adds log p - log q of the draw mq + sd z: with e = z and δ = (mq-mp)/sd
// that is ½|e|² - ½|e + δ|² = -e·δ - ½|δ|².
func (w *particleGroup) ratio(sd float64) {
	for i := range w.logw {
		a, b, e := w.mq.RawRowView(i), w.mp.RawRowView(i), w.z.RawRowView(i)
		sum := 0.0
		for j, v := range a {
			d := (v - b[j]) / sd
			sum -= d * (e[j] + 0.5*d)
		}
		w.logw[i] += sum
	}
}

// remember lets the kernels that have a history add this step to it.
func (w *particleGroup) remember(t, u float64) error {
	for _, st := range []Kernel{w.p, w.q} {
		if _, ok := st.(Gatherer); ok {
			w.spare.Copy(w.x)
			if err := st.Step(w.spare, t, u, silence{}); err != nil {
				return err
			}
		}
	}
	return nil
}

type silence struct{}

func (silence) Normal(dst *mat.Dense, _, _ float64, _ int) { dst.Zero() }
