package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
)

// Lanes is the number of gradient accumulators. The blocks of a batch are dealt
// to at most that many lanes; a lane adds its blocks in order, and lanes are
// added in order: the sum is the same whoever computes it. A constant of the
// format, it bounds the number of workers that can help in a step.
const Lanes = 4

// worker is what a member of the team computes with. Nothing in it outlives a
// block, so that it does not matter which worker takes which lane; and there
// are no more of them than members, so that their memory stays in the caches.
type worker struct {
	machine nn.BlockGradient
	problem losses.Problem
	x       views // clean rows of a block
	c, cd   views // their conditions, before and after dropout
}

func newWorker(m nn.Trainable, batch int) (*worker, error) {
	g, err := m.Compile()
	if err != nil {
		return nil, err
	}
	k := m.Labels()
	return &worker{
		machine: g,
		x:       newViews(batch, m.Dim()), c: newViews(batch, k), cd: newViews(batch, k),
	}, nil
}

// views are the matrices of the blocks of a batch: full, and the last.
type views struct{ full, last *mat.Dense }

func newViews(batch, cols int) (v views) {
	if cols == 0 {
		return v
	}
	if batch >= nn.Block {
		v.full = mat.NewDense(nn.Block, cols, nil)
	}
	if n := batch % nn.Block; n > 0 {
		v.last = mat.NewDense(n, cols, nil)
	}
	return v
}

func (v views) rows(n int) *mat.Dense {
	if n == nn.Block {
		return v.full
	}
	return v.last
}

// blocks of a batch, and those of lane i.
func blocks(batch int) int { return (batch + nn.Block - 1) / nn.Block }

func laneBlocks(i, nb int) (first, end int) {
	l := min(Lanes, nb)
	return i * nb / l, (i + 1) * nb / l
}

// lane computes lane i's blocks of the current step and stores the loss of each.
func (t *Trainer) lane(member, i int) {
	w := t.workers[member]
	first, end := laneBlocks(i, blocks(t.cfg.Batch))
	for b := first; b < end; b++ {
		t.loss[b] = w.machine.Block(t.draw(w, b), 1/float64(t.cfg.Batch), t.lanes[i], b > first)
	}
}

// draw fills the worker's problem with block b of the current step.
func (t *Trainer) draw(w *worker, b int) nn.Regression {
	at := b * nn.Block
	idx := t.idx[at:min(at+nn.Block, t.cfg.Batch)]
	n := len(idx)
	x := w.x.rows(n)
	for r, i := range idx {
		copy(x.RawRowView(r), t.data.X.RawRowView(i))
	}
	batch := losses.Batch{Seed: t.cfg.Seed, Step: t.step, First: at, Total: t.cfg.Batch}
	t.cfg.Objective.Draw(&w.problem, x, batch)
	p := nn.Regression{X: w.problem.X, Target: w.problem.Target, T: w.problem.T, C: w.problem.C, Weight: w.problem.Weight}
	if c, cd := w.c.rows(n), w.cd.rows(n); c != nil {
		for r, i := range idx {
			copy(c.RawRowView(r), t.data.Cond.RawRowView(i))
		}
		t.cfg.Dropout.Apply(cd, c, &w.problem, batch)
		p.Cond = cd
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
					t.step, v, p.T[i], t.idx[b*nn.Block+w.problem.Source(i)], t.rate())
			}
		}
	}
	return fmt.Errorf("train: step %d: the gradient is not finite: lower the learning rate, now %.3g", t.step, t.rate())
}
