package imputation

import (
	"cmp"
	"slices"

	"tweedie/datasets"
)

// Point stores in c the cells that draws agree on best: the median of
// numbers, of an even number of draws the middle one that is nearer to their
// mean, and the most frequent level, of several the first. It is always one of
// the draws, with the digits of its column.
func Point(c *datasets.Cells, draws []*datasets.Cells) {
	m := c.Metadata()
	type drawn struct {
		v  float64
		of *datasets.Cells
	}
	values := make([]drawn, len(draws))
	for j := range m.Columns {
		for i := range c.Rows() {
			if !c.Missing(i, j) {
				continue
			}
			isNumber := true
			for k, d := range draws {
				values[k] = drawn{of: d}
				if len(m.Columns[j].Levels) > 0 {
					values[k].v, isNumber = float64(d.Level(i, j)), false
				} else {
					values[k].v = d.Number(i, j)
				}
			}
			slices.SortStableFunc(values, func(a, b drawn) int { return cmp.Compare(a.v, b.v) })
			best := 0
			if isNumber {
				best = middle(len(values), func(k int) float64 { return values[k].v })
			} else {
				best = mostFrequent(len(values), func(k int) float64 { return values[k].v })
			}
			c.Copy(i, j, values[best].of, i)
		}
	}
}

// middle returns which of n increasing numbers is their median.
func middle(n int, at func(int) float64) int {
	if n%2 == 1 {
		return n / 2
	}
	mean := 0.0
	for k := range n {
		mean += at(k) / float64(n)
	}
	if mean-at(n/2-1) <= at(n/2)-mean {
		return n/2 - 1
	}
	return n / 2
}

// mostFrequent returns where the longest run of n numbers in order begins.
func mostFrequent(n int, at func(int) float64) int {
	best, most, start := 0, 0, 0
	for k := range n {
		if at(k) != at(start) {
			start = k
		}
		if k-start+1 > most {
			best, most = start, k-start+1
		}
	}
	return best
}
