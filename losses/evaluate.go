package losses

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Fixed returns o with its law on a fixed grid of quantiles, the midpoints of
// points equal parts, and without a control variate: the loss for validation.
// Rows take the times in turn; over points successive steps of a batch every
// row meets every time. Validation of 10 times is customary.
func (o Denoising) Fixed(points int) Denoising {
	o.Times.Spread, o.Times.Points = Fixed, points
	o.Control = ControlVariate{}
	return o
}

// Evaluate returns the mean loss over the rows of x (clean, n×d) that the
// denoiser d has for the problem that obj draws for the batch b. The same b
// gives the same times and noises: for validation, keep b and use Fixed times,
//
//	obj.Times.Spread, obj.Times.Points = Fixed, 10
//
// A denoiser with something of its own per row (sde.PerRow) is restricted to
// the rows that obj uses. Evaluate errs if d does, or if a loss is not finite,
// naming the first such row and its time. It panics if d has another dimension
// or b does not hold n rows.
func Evaluate(d sde.Denoiser, obj Objective, x *mat.Dense, b Batch) (float64, error) {
	n, dim := x.Dims()
	if dim != d.Dim() {
		panic("losses: denoiser and rows differ in dimension")
	}
	var p Problem
	obj.Draw(&p, x, b)
	if r, ok := d.(sde.PerRow); ok && p.paired() {
		d = r.Rows(p.source)
	}
	out := mat.NewDense(n, dim, nil)
	if err := d.Denoise(out, p.X, p.T); err != nil {
		return 0, fmt.Errorf("losses: evaluate: %w", err)
	}
	for i, t := range p.T {
		if l := p.RowLoss(out, i); math.IsNaN(l) || math.IsInf(l, 0) {
			return 0, fmt.Errorf("losses: evaluate: row %d, t = %.3g: the loss is %g", b.First+i, t, l)
		}
	}
	return p.Loss(out), nil
}
