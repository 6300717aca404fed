package imputation

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// frame holds the modeled cells by column: numbers, and indices of levels; NaN is missing.
type frame struct {
	meta    *datasets.Metadata
	rows    int
	columns []int       // of the metadata, constants and identifiers left out
	levels  []int       // number of levels, 0 for numbers
	x       [][]float64 // x[k][i] is row i of columns[k]
}

func newFrame(c *datasets.Cells) *frame {
	f := &frame{meta: c.Metadata(), rows: c.Rows()}
	for j := range f.meta.Columns {
		field := &f.meta.Columns[j]
		if !field.Modeled() {
			continue
		}
		x := make([]float64, f.rows)
		for i := range x {
			x[i] = value(c, i, j)
		}
		f.columns, f.x = append(f.columns, j), append(f.x, x)
		f.levels = append(f.levels, len(field.Levels))
		if field.IsNumber() {
			f.levels[len(f.levels)-1] = 0
		}
	}
	return f
}

// value returns a number or the index of a level, NaN when it is missing.
func value(c *datasets.Cells, i, j int) float64 {
	if c.Metadata().Columns[j].IsNumber() {
		return c.Number(i, j)
	}
	if k := c.Level(i, j); k >= 0 {
		return float64(k)
	}
	return math.NaN()
}

// setValue stores what value returns.
func setValue(c *datasets.Cells, i, j int, v float64) {
	switch {
	case c.Metadata().Columns[j].IsNumber():
		c.SetNumber(i, j, v)
	case math.IsNaN(v):
		c.SetLevel(i, j, -1)
	default:
		c.SetLevel(i, j, int(v))
	}
}

// fill returns a copy of c whose missing cells are x(k, i), row i of column k.
func (f *frame) fill(c *datasets.Cells, x func(k, i int) float64) *datasets.Cells {
	full := clone(c)
	for k, j := range f.columns {
		for i, v := range f.x[k] {
			if math.IsNaN(v) {
				setValue(full, i, j, x(k, i))
			}
		}
	}
	return full
}

// centers returns the mean of each column, or its first most frequent level.
func (f *frame) centers() ([]float64, error) {
	m := make([]float64, len(f.x))
	for k, x := range f.x {
		count := make([]float64, f.levels[k])
		var n int
		var mean float64
		for _, v := range x {
			switch {
			case math.IsNaN(v):
				continue
			case f.levels[k] > 0:
				count[int(v)]++
			default:
				mean += (v - mean) / float64(n+1)
			}
			n++
		}
		if n == 0 {
			return nil, fmt.Errorf("imputation: column %s has no known cell to impute from; remove it", suggest.Quote(f.meta.Columns[f.columns[k]].Name))
		}
		m[k] = mean
		if f.levels[k] > 0 {
			m[k] = float64(floats.MaxIdx(count))
		}
	}
	return m, nil
}

func clone(c *datasets.Cells) *datasets.Cells {
	full := datasets.NewCells(c.Metadata(), c.Rows())
	full.Fill(c)
	return full
}
