package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// walker is the state of one worker, which it keeps from block to block.
type walker struct {
	meter meter
	d     sde.Denoiser // under the meter, for the block at hand
	st    Stepper
	mean  *mat.Dense // for the last denoising
	rows  int
}

// prepare readies wk for block b. An sde.PerRow needs a stepper for each block.
func (wk *walker) prepare(r *run, b block) {
	d, perRow := r.d, false
	if p, ok := d.(sde.PerRow); ok {
		d, perRow = p.Rows(span(b.first, b.rows)), true
	}
	if wk.st != nil && wk.rows == b.rows && !perRow {
		return
	}
	wk.d, wk.rows = wk.meter.under(d), b.rows
	wk.st = r.m.New(wk.d, b.rows)
	if r.o.Denoise {
		wk.mean = mat.NewDense(b.rows, d.Dim(), nil)
	}
}
