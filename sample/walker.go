package sample

import (
	"fmt"

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

// hasRow errs when d has conditions or observations of single rows, and none of row i.
func hasRow(d sde.Denoiser, i int) (err error) {
	p, ok := d.(sde.PerRow)
	if !ok || i < 0 {
		return nil
	}
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("sample: there are %d rows or groups, and fewer conditions or observations: give one for each, or one for all", i+1)
		}
	}()
	p.Rows([]int{i})
	return nil
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
