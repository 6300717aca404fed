package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
)

// Accumulators is the number of gradient accumulators. Each takes a run of the blocks
// of a batch and adds their gradients in order; the accumulators are then added in
// order. So the sum does not depend on which worker computes what. It is a constant
// of the format, and the largest number of workers that a step can use.
const Accumulators = 4

// worker is the memory of one goroutine of the pool. Nothing in it outlives a block.
type worker struct {
	machine nn.BlockGradient
	problem losses.Problem
	x       views // clean rows of a block
	c, cd   views // their conditions, before and after dropout
	known   views // what is given of the rows
}

// newWorker returns the memory for blocks of so many rows.
func newWorker(m nn.Trainable, cfg *Config, rows int) worker {
	k := m.Labels()
	w := worker{x: newViews(rows, m.Dim()), c: newViews(rows, k), cd: newViews(rows, k)}
	if cfg.Masking.Share > 0 {
		w.known = newViews(rows, m.Dim())
	}
	return w
}

// views are the matrices of the blocks of a batch: full, and the last.
type views struct{ full, last *mat.Dense }

func newViews(batch, cols int) (v views) {
	if cols == 0 {
		return v
	}
	if batch >= nn.BlockRows {
		v.full = mat.NewDense(nn.BlockRows, cols, nil)
	}
	if n := batch % nn.BlockRows; n > 0 {
		v.last = mat.NewDense(n, cols, nil)
	}
	return v
}

func (v views) rows(n int) *mat.Dense {
	if n == nn.BlockRows {
		return v.full
	}
	return v.last
}

// blocks is the number of blocks of a batch, and accumulatorBlocks the range of those
// of accumulator i.
func blocks(batch int) int { return (batch + nn.BlockRows - 1) / nn.BlockRows }

func accumulatorBlocks(i, nb int) (first, end int) {
	l := min(Accumulators, nb)
	return i * nb / l, (i + 1) * nb / l
}

// accumulate computes the blocks of accumulator i and stores their losses.
func (t *Trainer) accumulate(member, i int) {
	w := t.workers[member]
	first, end := accumulatorBlocks(i, blocks(t.cfg.Batch))
	for b := first; b < end; b++ {
		t.loss[b] = w.machine.Block(t.draw(w, b), 1/float64(t.cfg.Batch), t.accumulators[i], b > first)
	}
}

// draw fills the worker's problem with block b of the current step.
func (t *Trainer) draw(w *worker, b int) nn.Regression { return t.drawStep(w, t.idx, t.step, b) }

// drawStep does so with block b of a step, the rows of whose batch are rows.
func (t *Trainer) drawStep(w *worker, rows []int, step, b int) nn.Regression {
	at := b * nn.BlockRows
	idx := rows[at:min(at+nn.BlockRows, t.cfg.Batch)]
	n := len(idx)
	x, c := w.x.rows(n), w.c.rows(n)
	t.data.Read(x, c, idx, uint64(step))
	r := t.cfg.draw(w, x, c, losses.Batch{Seed: t.cfg.Seed, Step: step, First: at, Total: t.cfg.Batch, Rows: idx}, t.cfg.Objective)
	r.Dropout = nn.UnitDropout{Share: t.cfg.UnitDropout, Seed: t.cfg.Seed, Step: step, First: at, ConditionalOnly: t.cfg.Masking.Share > 0}
	return r
}

// draw fills the worker's problem with what is to be denoised in clean rows x
// of conditions c, and says what is given of them. It fills the gaps of x.
func (c *Config) draw(w *worker, x, cond *mat.Dense, b losses.Batch, o losses.Objective) nn.Regression {
	n, _ := x.Dims()
	known := w.known.rows(n)
	if known != nil {
		c.Masking.Draw(known, x, b, &w.problem)
	}
	losses.Fill(x, b, &w.problem)
	o.Draw(&w.problem, x, b)
	p := nn.Regression{
		X: w.problem.X, Target: w.problem.Target, T: w.problem.T, C: w.problem.C, Weight: w.problem.Weight, Known: known,
	}
	if known != nil {
		for i := range n { // rows that share a clean row are given the same of it
			if s := w.problem.Source(i); s != i {
				copy(known.RawRowView(i), known.RawRowView(s))
			}
		}
	}
	if cond != nil {
		p.Cond = w.cd.rows(n)
		c.Dropout.Apply(p.Cond, cond, &w.problem, b)
	}
	return p
}

// blame names the first row of the step whose loss is not finite.
func (t *Trainer) blame() error {
	for b := range blocks(t.cfg.Batch) {
		w := t.workers[0]
		p := t.draw(w, b)
		rows := make([]float64, len(p.T))
		if err := t.model.RowLosses(rows, p); err != nil {
			return err
		}
		for i, v := range rows {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("train: step %d: the loss is %v at t = %.4g (training row %d): lower the learning rate, now %.3g, or look for extreme values in the data",
					t.step, v, p.T[i], t.idx[b*nn.BlockRows+w.problem.Source(i)], t.rate())
			}
		}
	}
	return fmt.Errorf("train: step %d: the gradient is not finite: lower the learning rate, now %.3g", t.step, t.rate())
}
