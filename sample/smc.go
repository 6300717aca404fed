package sample

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"tweedie/internal/numeric"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// run carries group g, counted from o.First, from the first time to the last.
func (w *particleGroup) run(ctx context.Context, g int) error {
	s, group := w.s, w.s.o.First+g
	w.group = group
	w.w.selectGroup(group)
	if err := w.begin(g); err != nil {
		return w.located(err, 0, group)
	}
	moves, steps := s.moves(), len(s.times)-1
	z := sde.NewStreams(s.o.Seed, "sample/step", group*s.k)
	evidence := 0.0
	for k := range moves + 1 {
		if err := s.observe(Progress{group * s.k, min(k, steps), steps, s.times[min(k, steps)], w.x}); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		ess, sum := normalize(w.ws, w.logw)
		s.particles.ESS[g][k] = ess
		if ess == 0 {
			s.particles.collapse(g, k, w.x)
			return nil
		}
		if k == moves {
			s.particles.keep(g, w.spare, w.ws, evidence+sum, w.root)
			setKnown(s.particles.rows(g), s.tg, group)
			return nil
		}
		if s.due(ess, k, moves) {
			evidence += sum
			w.resample(g, k)
		}
		if err := w.move(k, z); err != nil {
			return w.located(err, k, group)
		}
	}
	return nil
}

// moves is the number of steps, that to the posterior mean included.
func (s *smc) moves() int {
	if s.o.Denoise {
		return len(s.times)
	}
	return len(s.times) - 1
}

// due reports whether to resample before step k.
func (s *smc) due(ess float64, k, moves int) bool {
	th := cmp.Or(s.o.Threshold, 0.5)
	return (th >= 1 || ess < th*float64(s.k)) && (s.o.When == nil || s.o.When(k, moves))
}

// begin draws the particles at the first time and weighs them.
func (w *particleGroup) begin(g int) error {
	s := w.s
	group := s.o.First + g
	if s.o.From != nil {
		w.x.Copy(s.o.From.Slice(g*s.k, (g+1)*s.k, 0, s.tg.model().Dim()))
	} else {
		s.o.Init.Sample(w.x, sde.NewStreams(s.o.Seed, "sample/init", group*s.k))
	}
	w.meter.moves++
	if i := numeric.NonFinite(w.x); i >= 0 {
		return &rowError{i, errors.New("the start is infinite or NaN")}
	}
	clear(w.psi)
	for i := range w.logw {
		w.logw[i], w.root[i] = -math.Log(float64(s.k)), i
	}
	if err := w.weigh(s.times[0]); err != nil {
		return err
	}
	w.reweigh()
	return w.checkWeights()
}

// weigh stores the log-potentials of the particles at t in w.next.
func (w *particleGroup) weigh(t float64) error {
	if err := w.w.weigh(w.next, w.x, t); err != nil {
		return err
	}
	if err := checkPotentials(w.next, w.defense != nil); err != nil || w.defense == nil {
		return err
	}
	w.defense.soften(w.next, w.logw, w.psi, w.d.Schedule().Coeff(t))
	return nil
}

// resample replaces the particles by draws in proportion to their weights.
func (w *particleGroup) resample(g, k int) {
	s := w.s
	w.src.Seek(stream.NewKey(s.o.Seed, "sample/resample").At(uint64(s.o.First + g)).At(uint64(k)))
	s.o.Resampler.Resample(w.idx, w.ws, w.src.Rand)
	gatherRows(w.spare, w.x, w.idx)
	w.x, w.spare = w.spare, w.x
	w.meter.x = w.x
	gatherFloats(w.psi, w.buf, w.idx)
	for i, j := range w.idx {
		w.roots[i] = w.root[j]
	}
	w.root, w.roots = w.roots, w.root
	if w.defense != nil {
		w.defense.gather(w.idx)
	}
	w.w.gather(w.idx)
	for _, st := range []Kernel{w.p, w.q} {
		if h, ok := st.(Gatherer); ok {
			h.Gather(w.idx)
		}
	}
	for i := range w.logw {
		w.logw[i] = -math.Log(float64(s.k))
	}
	s.particles.Resampled[g]++
	if s.o.Ancestry {
		s.particles.branch(g, k, w.idx)
	}
}

// located says where err was, in step k.
func (w *particleGroup) located(err error, k, group int) error {
	steps := len(w.s.times) - 1
	t, u := w.s.times[min(k, steps)], w.s.times[min(k+1, steps)]
	where := fmt.Sprintf("group %d", group)
	if e, ok := errors.AsType[*rowError](err); ok {
		where, err = fmt.Sprintf("group %d, particle %d", group, e.row), e.err
	}
	return stepError(err, min(k, steps-1), steps, t, u, where)
}

// move takes step k of all particles and updates their weights.
func (w *particleGroup) move(k int, z sde.Noise) error {
	if err := w.advance(k, z); err != nil {
		return err
	}
	if i := numeric.NonFinite(w.x); i >= 0 {
		return &rowError{i, errNonFinite}
	}
	return w.checkWeights()
}

func (w *particleGroup) advance(k int, z sde.Noise) error {
	s, steps := w.s, len(w.s.times)-1
	if k == steps { // the posterior mean
		if err := w.d.Denoise(w.mp, w.x, s.times[steps:]); err != nil {
			return err
		}
		w.x.Copy(w.mp)
		w.meter.moves++
		w.spare.Copy(w.mp)
		if err := w.w.finish(w.next, w.spare, w.mp, 0, s.times[steps]); err != nil {
			return err
		}
		w.reweigh()
		return nil
	}
	last := k == s.moves()-1
	t, u := s.times[k], s.times[k+1]
	sd, err := w.draw(t, u, z, last)
	w.meter.moves++
	if err != nil {
		return err
	}
	if last {
		err = w.finish(u, sd)
	} else {
		err = w.weigh(u)
	}
	if err != nil {
		return err
	}
	w.reweigh()
	return nil
}

// reweigh adds the change of log ψ to the weights.
func (w *particleGroup) reweigh() {
	for i, v := range w.next {
		w.logw[i] += v - w.psi[i]
	}
	w.psi, w.next = w.next, w.psi
}

// checkWeights errs on weights that are NaN or infinite.
func (w *particleGroup) checkWeights() error {
	for i, v := range w.logw {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			return &rowError{i, fmt.Errorf("the log-weight is %g: check the reward or the twist", v)}
		}
	}
	return nil
}
