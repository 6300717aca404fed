package imputation

import (
	"math"
	"slices"

	"tweedie/datasets"
)

// Point returns a copy of c whose missing cells are filled by one value for all
// draws, tables of the rows of c: the median of numbers, the most frequent level of
// categories (of several the first). Of an even number of draws the median is that
// of the middle two which is nearer to their mean, so that a cell always is one of
// the draws and has the digits of its column. Draws that lack the cell do not
// count. It panics when the numbers of rows differ.
func Point(c *datasets.Cells, draws []*datasets.Cells) *datasets.Cells {
	full := clone(c)
	values := make([]float64, 0, len(draws))
	for _, d := range draws {
		if d.Rows() != c.Rows() {
			panic("imputation: size mismatch")
		}
	}
	for j := range c.Metadata().Columns {
		for i := range c.Rows() {
			if !c.Missing(i, j) {
				continue
			}
			values = values[:0]
			for _, d := range draws {
				if v := value(d, i, j); !math.IsNaN(v) {
					values = append(values, v)
				}
			}
			slices.Sort(values)
			switch {
			case len(values) == 0:
			case c.Metadata().Columns[j].IsNumber():
				setValue(full, i, j, centralDraw(values))
			default:
				setValue(full, i, j, frequent(values))
			}
		}
	}
	return full
}

// centralDraw returns the median of sorted draws, or the middle one nearer to the mean.
func centralDraw(draws []float64) float64 {
	n := len(draws)
	if n%2 == 1 {
		return draws[n/2]
	}
	mean := 0.0
	for _, v := range draws {
		mean += v / float64(n)
	}
	if low, high := draws[n/2-1], draws[n/2]; mean-low > high-mean {
		return high
	}
	return draws[n/2-1]
}
