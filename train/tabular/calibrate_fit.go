package tabular

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide/calibration"
	"tweedie/guide/spec"
	"tweedie/sample"
)

// fit adds the second statistics: log p(y|x) of what is observed, and the nearness of rows
// with given columns to rows of the model.
func (c *calibrator) fit(ctx context.Context, r *calibration.Report, truth, all *pool, file *spec.File, rows *datasets.Cells) error {
	n, per, start := truth.rows(), c.o.Draws, 0
	if r.Part != nil {
		start = r.Part.First
	}
	if c.observed != nil {
		a, err := c.logLikelihood(file, truth.cells, 1, start)
		if err != nil {
			return err
		}
		b, err := c.logLikelihood(file, rows, per, start*per)
		if err != nil {
			return err
		}
		r.Fit = append(r.Fit, c.rankFit(r, calibration.FitName, a, b))
	}
	if len(c.q.Given) == 0 && c.observed != nil {
		return nil
	}
	first := all.rows()
	if err := c.more(ctx, all, chunkRows); err != nil {
		return err
	}
	near, err := c.wholeRows(all.cells.Subset(indices(first, chunkRows)), 0)
	if err != nil {
		return err
	}
	a, b := mat.NewDense(n, 1, nil), mat.NewDense(n*per, 1, nil)
	for _, p := range []struct {
		dst   *mat.Dense
		cells *datasets.Cells
		first int
	}{{a, truth.cells, start}, {b, rows, start * per}} {
		x, err := c.wholeRows(p.cells, p.first)
		if err != nil {
			return err
		}
		calibration.Nearness(p.dst.RawMatrix().Data, x, near)
	}
	r.Fit = append(r.Fit, c.rankFit(r, calibration.NearnessName, a, b))
	return nil
}

// logLikelihood is Σ log p(y|x) of the observations, of rows that come per for each, the
// first of which has that index.
func (c *calibrator) logLikelihood(file *spec.File, cells *datasets.Cells, per, first int) (*mat.Dense, error) {
	r, err := c.model.conditionPart(cells, nil, first)
	if err != nil {
		return nil, err
	}
	obs, err := file.Observed().Observations(c.model.codec)
	if err != nil {
		return nil, err
	}
	n, d := r.x.Dims()
	sum, part := mat.NewDense(n, 1, nil), make([]float64, per)
	for _, o := range obs {
		of := sample.LogLikelihood(o)
		for i := range n / per {
			if err := of(part, r.x.Slice(i*per, (i+1)*per, 0, d).(*mat.Dense), i); err != nil {
				return nil, err
			}
			for l, v := range part {
				sum.Set(i*per+l, 0, sum.At(i*per+l, 0)+v)
			}
		}
	}
	return sum, nil
}

// wholeRows are encoded rows, with their labels: levels as indicators, and a number in
// standard deviations of training.
func (c *calibrator) wholeRows(cells *datasets.Cells, first int) (*mat.Dense, error) {
	r, err := c.model.conditionPart(cells, nil, first)
	if err != nil || r.labels == nil {
		return r.x, err
	}
	width := 0
	for _, k := range c.model.net.Conds {
		width += max(1, k.Levels)
	}
	n, d := r.x.Dims()
	x := mat.NewDense(n, d+width, nil)
	for i := range n {
		row := x.RawRowView(i)
		copy(row, r.x.RawRowView(i))
		at := d
		for j, k := range c.model.net.Conds {
			if k.Levels == 0 {
				row[at] = (r.labels.At(i, j) - k.Mean) / k.Std
			} else {
				row[at+int(r.labels.At(i, j))] = 1
			}
			at += max(1, k.Levels)
		}
	}
	return x, nil
}
