package nn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// conds are the condition values of a batch: none, one row for all, or one row
// per row of the batch.
type conds struct {
	values *mat.Dense
	shared bool
}

// row returns the values of row i, nil for every null token.
func (c conds) row(i int) []float64 {
	switch {
	case c.values == nil:
		return nil
	case c.shared:
		return c.values.RawRowView(0)
	default:
		return c.values.RawRowView(i)
	}
}

// Given is a model with its conditions bound: a denoiser of p(x_0 | c).
type Given struct {
	model *Model
	cond  conds
}

var (
	_ sde.Differentiable = (*Given)(nil)
	_ sde.PerRow         = (*Given)(nil)
)

// Given binds conditions: c has one column per condition and one row for all
// rows of every batch, or one row for each row of the batches it will see. See
// Condition for the values. c is not copied and must not be modified.
func (m *Model) Given(c *mat.Dense) (*Given, error) {
	n, _ := c.Dims()
	for i := range n {
		if err := checkConditions(m.Conds, c.RawRowView(i)); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return &Given{m, conds{c, n == 1}}, nil
}

// Model returns the model whose conditions are bound.
func (g *Given) Model() *Model { return g.model }

// Schedule implements sde.Denoiser.
func (g *Given) Schedule() sde.Schedule { return g.model.Sched }

// Dim implements sde.Denoiser.
func (g *Given) Dim() int { return g.model.Net.Dim }

// Moments are those of the model, unconditional.
func (g *Given) Moments() (mean, variance []float64) { return g.model.Moments() }

func (g *Given) check(x *mat.Dense) {
	if n, _ := x.Dims(); !g.cond.shared && n != g.cond.values.RawMatrix().Rows {
		panic("nn: a batch of another number of rows than its conditions; take Rows first")
	}
}

// Denoise implements sde.Denoiser.
func (g *Given) Denoise(dst, x *mat.Dense, t []float64) error {
	g.check(x)
	return g.model.denoise(dst, x, t, g.cond)
}

// Linearize implements sde.Differentiable.
func (g *Given) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	g.check(x)
	return g.model.linearize(mean, x, t, g.cond)
}

// Rows implements sde.PerRow.
func (g *Given) Rows(idx []int) sde.Denoiser {
	if g.cond.shared {
		return g
	}
	c := mat.NewDense(len(idx), len(g.model.Conds), nil)
	for i, r := range idx {
		c.SetRow(i, g.cond.values.RawRowView(r))
	}
	return &Given{g.model, conds{c, false}} // also for one row: it stands for that row only
}
