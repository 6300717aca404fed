package guide

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

var (
	_ sde.Conditional = (*Posterior)(nil)
	_ sde.Conditional = (*CFG)(nil)
)

// Known implements sde.Conditional: a guide leaves what the prior knows.
func (p *Posterior) Known(dst *mat.Dense) { sde.KnownValues(dst, p.prior) }

// Known implements sde.Conditional: the values of the condition Cond, and where it
// has none those of the conditions of More, in order.
func (g *CFG) Known(dst *mat.Dense) {
	sde.KnownValues(dst, g.Cond)
	for _, b := range g.More {
		more := mat.NewDense(dst.RawMatrix().Rows, dst.RawMatrix().Cols, nil)
		sde.KnownValues(more, b.Cond)
		for i := range dst.RawMatrix().Rows {
			row := dst.RawRowView(i)
			for j, v := range more.RawRowView(i) {
				if math.IsNaN(row[j]) {
					row[j] = v
				}
			}
		}
	}
}
