package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/nn"
)

// Lanes is the number of gradient accumulators. Block b of a batch of B blocks
// goes to lane b·L/B, L = min(Lanes, B); a lane adds its blocks in order, and lanes are added
// in order: the sum is the same whoever computes it. A constant of the format,
// it bounds the number of workers that can help in a step.
const Lanes = 4

// lane draws blocks of a batch and accumulates their gradient.
type lane struct {
	grad    []float32
	machine nn.BlockGradient
	problem losses.Problem
	x       views // clean rows of a block
	c, cd   views // their conditions, before and after dropout
}

func newLane(m nn.Trainable, k, batch int) (*lane, error) {
	g, err := m.Compile()
	if err != nil {
		return nil, err
	}
	l := &lane{
		grad: make([]float32, len(m.Parameters().Flat)), machine: g,
		x: newViews(batch, m.Dim()), c: newViews(batch, k), cd: newViews(batch, k),
	}
	return l, nil
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
func (t *Trainer) lane(i int) {
	l := t.lanes[i]
	first, end := laneBlocks(i, blocks(t.cfg.Batch))
	for b := first; b < end; b++ {
		t.loss[b] = l.machine.Block(t.draw(l, b), 1/float64(t.cfg.Batch), l.grad, b > first)
	}
}

// draw fills the lane's problem with block b of the current step.
func (t *Trainer) draw(l *lane, b int) nn.Regression {
	at := b * nn.Block
	idx := t.idx[at:min(at+nn.Block, t.cfg.Batch)]
	n := len(idx)
	x := l.x.rows(n)
	for r, i := range idx {
		copy(x.RawRowView(r), t.data.X.RawRowView(i))
	}
	batch := losses.Batch{Seed: t.cfg.Seed, Step: t.step, First: at, Total: t.cfg.Batch}
	t.cfg.Objective.Draw(&l.problem, x, batch)
	p := nn.Regression{X: l.problem.X, Target: l.problem.Target, T: l.problem.T, C: l.problem.C, Weight: l.problem.Weight}
	if c, cd := l.c.rows(n), l.cd.rows(n); c != nil {
		for r, i := range idx {
			copy(c.RawRowView(r), t.data.Cond.RawRowView(i))
		}
		t.cfg.Dropout.Apply(cd, c, &l.problem, batch)
		p.Cond = cd
	}
	return p
}

// blame names the first row of the step whose loss is not finite.
func (t *Trainer) blame() error {
	for b := range blocks(t.cfg.Batch) {
		l := t.lanes[0]
		p := t.draw(l, b)
		rows := make([]float64, len(p.T))
		if err := t.model.RowLosses(rows, p); err != nil {
			return err
		}
		for i, v := range rows {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("train: step %d: the loss is %v at t = %.4g (training row %d): lower the learning rate, now %.3g, or look for extreme values in the data",
					t.step, v, p.T[i], t.idx[b*nn.Block+l.problem.Source(i)], t.rate())
			}
		}
	}
	return fmt.Errorf("train: step %d: the gradient is not finite: lower the learning rate, now %.3g", t.step, t.rate())
}
