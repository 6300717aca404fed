package tabular

import (
	"math"
	"math/rand/v2"
	"slices"

	"tweedie/datasets"
)

// permutations of the labels in a test of two samples.
const permutations = 499

// sameLaw is the p-value of the hypothesis that two samples of rows have one law, by
// permutations, which is valid for any number of rows. Of each column, and of all of
// them together, the energy distance is taken (Székely & Rizzo 2013),
//
//	2 E|a - b| - E|a - a'| - E|b - b'|,
//
// the distance of two rows being the root of the sum over columns of squared
// differences of ranks, from 0 to 1, and of 1 for levels that differ or a cell that is
// missing in one of the two. The least of the p-values of these statistics is compared
// with those that permutations have (Westfall & Young 1993).
func sameLaw(a, b *datasets.Cells, rng *rand.Rand) float64 {
	n, m := a.Rows(), b.Rows()
	distances := rowDistances(joined(a.Metadata(), []*datasets.Cells{a, b}))
	side := make([]bool, n+m) // of a
	for i := range n {
		side[i] = true
	}
	stats := make([][]float64, len(distances)) // of the samples, and of permutations
	for range permutations + 1 {
		for k, d := range distances {
			stats[k] = append(stats[k], energy(d, side))
		}
		rng.Shuffle(len(side), func(i, j int) { side[i], side[j] = side[j], side[i] })
	}
	least := make([]float64, permutations+1)
	for i := range least {
		least[i] = 1
	}
	for _, s := range stats {
		sorted := slices.Sorted(slices.Values(s))
		for i, v := range s {
			below, _ := slices.BinarySearch(sorted, v)
			least[i] = math.Min(least[i], float64(len(s)-below)/float64(len(s)))
		}
	}
	as := 0
	for _, p := range least {
		if p <= least[0] {
			as++
		}
	}
	return float64(as) / float64(len(least))
}

// rowDistances are the distances of all pairs of rows, i before j: by each column that
// tells rows apart, and by all of them.
func rowDistances(c *datasets.Cells) [][]float64 {
	n := c.Rows()
	all := make([]float64, n*(n-1)/2)
	var list [][]float64
	for j := range c.Metadata().Columns {
		differ, some := columnDifference(c, j), false
		d, at := make([]float64, len(all)), 0
		for i := range n {
			for k := i + 1; k < n; k++ {
				d[at] = differ(i, k)
				all[at] += d[at] * d[at]
				some = some || d[at] > 0
				at++
			}
		}
		if some {
			list = append(list, d)
		}
	}
	for i, v := range all {
		all[i] = math.Sqrt(v)
	}
	return append(list, all)
}

// columnDifference returns the difference of two rows in column j.
func columnDifference(c *datasets.Cells, j int) func(i, k int) float64 {
	f := &c.Metadata().Columns[j]
	switch {
	case !f.Modeled() && !f.Condition:
		return func(int, int) float64 { return 0 }
	case f.Levels != nil:
		return func(i, k int) float64 {
			if c.Missing(i, j) != c.Missing(k, j) || !c.Missing(i, j) && c.Level(i, j) != c.Level(k, j) {
				return 1
			}
			return 0
		}
	}
	var sorted []float64
	for i := range c.Rows() {
		if !c.Missing(i, j) {
			sorted = append(sorted, c.Number(i, j))
		}
	}
	slices.Sort(sorted)
	rank := make([]float64, c.Rows()) // the mean of equal numbers' ranks
	for i := range rank {
		if !c.Missing(i, j) {
			v := c.Number(i, j)
			lo, _ := slices.BinarySearch(sorted, v)
			hi, _ := slices.BinarySearch(sorted, math.Nextafter(v, math.Inf(1)))
			rank[i] = float64(lo+hi) / float64(2*len(sorted))
		}
	}
	return func(i, k int) float64 {
		switch a, b := c.Missing(i, j), c.Missing(k, j); {
		case a != b:
			return 1
		case a:
			return 0
		}
		return math.Abs(rank[i] - rank[k])
	}
}

// energy is the energy distance of the two sides.
func energy(d []float64, side []bool) float64 {
	var within, without, across float64
	n, at := 0, 0
	for i, a := range side {
		if a {
			n++
		}
		for _, b := range side[i+1:] {
			switch {
			case a != b:
				across += d[at]
			case a:
				within += d[at]
			default:
				without += d[at]
			}
			at++
		}
	}
	x, y := float64(n), float64(len(side)-n)
	return 2*across/(x*y) - 2*within/(x*x) - 2*without/(y*y)
}
