package train

import (
	"fmt"
	"math"

	"tweedie/losses"
	"tweedie/nn"
)

// validation holds the noisy held-out rows, drawn once: every validation of a
// run sees the same times and noises, so its numbers can be compared.
type validation struct {
	model nn.Trainable
	parts []*part
}

// part is one block of them.
type part struct {
	r         nn.Regression
	rows      []float64
	loss, gap float64 // sums over rows
	err       error
}

func newValidation(model nn.Trainable, held Rows, cfg *Config) *validation {
	n := count(held)
	if n == 0 {
		return nil
	}
	total := (max(cfg.Draws, n) + n - 1) / n * n // each row the same number of times
	v := &validation{model: model}
	for first := 0; first < total; first += nn.Block {
		rows := min(nn.Block, total-first)
		w := &worker{x: newViews(rows, model.Dim()), c: newViews(rows, model.Labels())}
		if cfg.Masking.Share > 0 {
			w.known = newViews(rows, model.Dim())
		}
		x, c, idx := w.x.rows(rows), w.c.rows(rows), make([]int, rows)
		for i := range idx {
			idx[i] = (first + i) % n
		}
		held.Read(x, c, idx, heldPass-uint64(first/n)) // a row that comes again is read anew
		// Another seed than training's: the noise of no step is looked at.
		r := cfg.draw(w, x, nil, losses.Batch{Seed: ^cfg.Seed, First: first, Total: total}, cfg.Validation)
		r.Cond, r.C = c, nil
		v.parts = append(v.parts, &part{r: r, rows: make([]float64, rows)})
	}
	return v
}

func (q *part) run(m nn.Trainable) {
	q.loss, q.gap = 0, 0
	if q.err = m.RowLosses(q.rows, q.r); q.err != nil {
		return
	}
	for _, l := range q.rows {
		q.loss += l
	}
	if m, ok := m.(*nn.Model); ok && q.r.Cond != nil {
		var gap float64
		gap, q.err = m.Gap(q.r)
		q.gap = gap * float64(len(q.rows))
	}
}

// when names the time of the first row whose loss is not finite.
func (v *validation) when() string {
	for _, q := range v.parts {
		for i, l := range q.rows {
			if math.IsNaN(l) || math.IsInf(l, 0) {
				return fmt.Sprintf(" at t = %.4g", q.r.T[i])
			}
		}
	}
	return ""
}

// validate evaluates the averaged parameters and keeps the best of them.
func (t *Trainer) validate(e *Event) error {
	if t.held == nil {
		return nil
	}
	t.each(len(t.held.parts), func(_, i int) { t.held.parts[i].run(t.held.model) })
	n := 0
	for _, q := range t.held.parts {
		if q.err != nil {
			return q.err
		}
		e.Validation += q.loss
		e.ConditionGap += q.gap
		n += len(q.rows)
	}
	e.Validation /= float64(n)
	e.ConditionGap /= float64(n)
	if math.IsNaN(e.Validation) || math.IsInf(e.Validation, 0) {
		return fmt.Errorf("train: step %d: the validation loss is %v%s: lower the learning rate, %.3g in this step", t.step, e.Validation, t.held.when(), t.cfg.Rate.at(t.step-1, t.cfg.Steps))
	}
	if t.since++; e.Validation < t.best {
		t.best, t.since = e.Validation, 0
		if t.cfg.Patience > 0 {
			if t.bestParams == nil {
				t.bestParams = t.ema.Clone()
			}
			copy(t.bestParams.Flat, t.ema.Flat)
		}
	}
	e.Best = t.best
	return nil
}

// HeldOut returns the noisy held-out rows that the run is validated on. They
// must not be modified.
func (t *Trainer) HeldOut() []nn.Regression {
	if t.held == nil {
		return nil
	}
	rs := make([]nn.Regression, len(t.held.parts))
	for i, q := range t.held.parts {
		rs[i] = q.r
	}
	return rs
}
