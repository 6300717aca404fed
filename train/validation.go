package train

import (
	"fmt"
	"math"

	"tweedie/losses"
	"tweedie/nn"
)

// validation is the loss on noised held-out rows. Times and noise are functions of the
// seed and the index of a row, so that all validations of a run use the same ones and
// their losses can be compared. They are drawn block by block, one block per worker in
// memory, whatever the number of rows.
type validation struct {
	model  nn.Trainable
	held   Rows
	cfg    *Config
	total  int // noisy rows
	parts  []part
	drawer []*drawer // by worker of the pool
}

type part struct {
	first, rows int
	loss, gap   float64 // sums over rows
	bad         float64 // time of the first row whose loss is not finite, NaN for none
	err         error
}

type drawer struct {
	worker
	idx  []int
	rows []float64 // losses
}

func newValidation(model nn.Trainable, held Rows, cfg *Config, members int) *validation {
	n := count(held)
	if n == 0 {
		return nil
	}
	// Each row the same number of times.
	v := &validation{model: model, held: held, cfg: cfg, total: (max(cfg.Draws, n) + n - 1) / n * n}
	for first := 0; first < v.total; first += nn.BlockRows {
		v.parts = append(v.parts, part{first: first, rows: min(nn.BlockRows, v.total-first)})
	}
	for range min(members, len(v.parts)) {
		v.drawer = append(v.drawer, v.newDrawer(v.total))
	}
	return v
}

// newDrawer returns the memory for blocks of so many rows.
func (v *validation) newDrawer(rows int) *drawer {
	return &drawer{newWorker(v.model, v.cfg, rows), make([]int, nn.BlockRows), make([]float64, nn.BlockRows)}
}

func (v *validation) draw(d *drawer, q *part) nn.Regression {
	n := v.held.Len()
	x, c, idx := d.x.rows(q.rows), d.c.rows(q.rows), d.idx[:q.rows]
	for i := range idx {
		idx[i] = (q.first + i) % n
	}
	v.held.Read(x, c, idx, heldPass-uint64(q.first/n)) // a row that is used again is read in another pass
	// Not the seed of training: validation must not use the noise of a training step.
	r := v.cfg.draw(&d.worker, x, nil, losses.Batch{Seed: ^v.cfg.Seed, First: q.first, Total: v.total, Rows: idx}, v.cfg.Validation)
	r.Cond, r.C = c, nil
	return r
}

func (v *validation) run(member, i int) {
	d, q := v.drawer[member], &v.parts[i]
	r := v.draw(d, q)
	rows := d.rows[:q.rows]
	q.loss, q.gap, q.bad = 0, 0, math.NaN()
	if q.err = v.model.RowLosses(rows, r); q.err != nil {
		return
	}
	for i, l := range rows {
		q.loss += l
		if math.IsNaN(q.bad) && (math.IsNaN(l) || math.IsInf(l, 0)) {
			q.bad = r.T[i]
		}
	}
	if m, ok := v.model.(*nn.Model); ok && r.Cond != nil {
		var gap float64
		gap, q.err = m.Gap(r)
		q.gap = gap * float64(q.rows)
	}
}

// when names the time of the first row whose loss is not finite.
func (v *validation) when() string {
	for i := range v.parts {
		if t := v.parts[i].bad; !math.IsNaN(t) {
			return fmt.Sprintf(" at t = %.4g", t)
		}
	}
	return ""
}

// validate evaluates the averaged parameters and keeps the best of them.
func (t *Trainer) validate(e *Report) error {
	if t.held == nil {
		return nil
	}
	t.each(len(t.held.parts), t.held.run)
	n := 0
	for i := range t.held.parts {
		q := &t.held.parts[i]
		if q.err != nil {
			return q.err
		}
		e.Validation += q.loss
		e.ConditionGap += q.gap
		n += q.rows
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

// HeldOut draws the noisy held-out rows that the run is validated on, all of
// them at once; nil without any.
func (t *Trainer) HeldOut() []nn.Regression {
	if t.held == nil {
		return nil
	}
	rs := make([]nn.Regression, len(t.held.parts))
	for i := range t.held.parts {
		q := &t.held.parts[i]
		rs[i] = t.held.draw(t.held.newDrawer(q.rows), q)
	}
	return rs
}
