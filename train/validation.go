package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
)

// validation holds the noisy held-out rows, drawn once: every validation of a
// run sees the same times and noises, so its numbers can be compared.
type validation struct {
	model *nn.Model
	parts []*part
}

// part is one block of them.
type part struct {
	p         losses.Problem
	cond      *mat.Dense
	out, none *mat.Dense
	loss, gap float64 // sums over rows
	err       error
}

func newValidation(model *nn.Model, held Data, cfg Config) *validation {
	n := held.rows()
	if n == 0 {
		return nil
	}
	total := (max(cfg.Draws, n) + n - 1) / n * n // each row the same number of times
	v := &validation{model: model}
	for first := 0; first < total; first += nn.Block {
		rows := min(nn.Block, total-first)
		x := mat.NewDense(rows, model.Dim(), nil)
		q := &part{out: mat.NewDense(rows, model.Dim(), nil)}
		if len(model.Conds) > 0 {
			q.cond, q.none = mat.NewDense(rows, len(model.Conds), nil), mat.NewDense(rows, model.Dim(), nil)
		}
		for i := range rows {
			x.SetRow(i, held.X.RawRowView((first+i)%n))
			if q.cond != nil {
				q.cond.SetRow(i, held.Cond.RawRowView((first+i)%n))
			}
		}
		// Another seed than training's: the noise of no step is looked at.
		cfg.Validation.Draw(&q.p, x, losses.Batch{Seed: ^cfg.Seed, First: first, Total: total})
		v.parts = append(v.parts, q)
	}
	return v
}

func denoise(m *nn.Model, dst, x *mat.Dense, t []float64, cond *mat.Dense) error {
	if cond == nil {
		return m.Denoise(dst, x, t)
	}
	g, err := m.Given(cond)
	if err != nil {
		return err
	}
	return g.Denoise(dst, x, t)
}

func (q *part) run(m *nn.Model) {
	q.loss, q.gap = 0, 0
	if q.err = denoise(m, q.out, q.p.X, q.p.T, q.cond); q.err != nil {
		return
	}
	for i := range q.p.T {
		q.loss += q.p.RowLoss(q.out, i)
	}
	if q.cond == nil {
		return
	}
	if q.err = m.Denoise(q.none, q.p.X, q.p.T); q.err != nil {
		return
	}
	for i, w := range q.p.Weight {
		s := 0.0
		for j, d := range q.out.RawRowView(i) {
			e := d - q.none.At(i, j)
			s += e * e
		}
		q.gap += w * s
	}
}

// validate evaluates the averaged parameters and keeps the best of them.
func (t *Trainer) validate(e *Event) error {
	if t.held == nil {
		return nil
	}
	t.each(len(t.held.parts), func(i int) { t.held.parts[i].run(t.held.model) })
	n := 0
	for _, q := range t.held.parts {
		if q.err != nil {
			return q.err
		}
		e.Validation += q.loss
		e.ConditionGap += q.gap
		n += len(q.p.T)
	}
	e.Validation /= float64(n)
	e.ConditionGap /= float64(n)
	if math.IsNaN(e.Validation) || math.IsInf(e.Validation, 0) {
		return fmt.Errorf("train: step %d: the validation loss is %v: lower the learning rate, now %.3g", t.step, e.Validation, t.rate())
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
