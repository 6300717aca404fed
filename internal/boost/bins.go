package boost

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// maxBins is the number of values of a code.
const maxBins = 256

// column is a feature in bins: x is in bin #{c ∈ cuts : c ≤ x}, and missing values are in
// the slot after the last bin.
type column struct {
	cuts    []float64
	missing bool    // in at least one row
	slot    []uint8 // of each row; nil once the column is in a bundle
}

func (c *column) bins() int { return len(c.cuts) + 1 }

func (c *column) slots() int {
	if c.missing {
		return c.bins() + 1
	}
	return c.bins()
}

func newColumn(x *mat.Dense, j, limit int) column {
	values := mat.Col(nil, j, x)
	sorted := make([]float64, 0, len(values))
	for _, v := range values {
		if v == v {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	c := column{missing: len(sorted) < len(values)}
	if c.missing {
		limit = min(limit, maxBins-1)
	}
	c.cuts = quantileCuts(sorted, limit)
	c.slot = make([]uint8, len(values))
	for i, v := range values {
		c.slot[i] = uint8(c.find(v))
	}
	return c
}

func (c *column) find(v float64) int {
	if v != v {
		return c.bins()
	}
	lo, hi := 0, len(c.cuts)
	for lo < hi {
		if m := int(uint(lo+hi) >> 1); c.cuts[m] <= v {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// quantileCuts returns increasing cuts into at most limit bins: one per distinct value, or
// starting at the values of rank n·k/limit. Equal values are never parted.
func quantileCuts(sorted []float64, limit int) []float64 {
	var cuts []float64
	n := len(sorted)
	for i := 1; i < n; i++ {
		if sorted[i] == sorted[i-1] {
			continue
		}
		if len(cuts) == limit-1 { // one distinct value too many
			cuts = nil
			break
		}
		cuts = append(cuts, between(sorted[i-1], sorted[i]))
	}
	if cuts != nil || n == 0 || sorted[0] == sorted[n-1] {
		return cuts
	}
	for k := 1; k < limit; k++ {
		v := sorted[int(int64(n)*int64(k)/int64(limit))]
		if len(cuts) > 0 && v < cuts[len(cuts)-1] || v == sorted[0] {
			continue
		}
		i, _ := slices.BinarySearch(sorted, v) // the first of its equals
		if cut := between(sorted[i-1], v); len(cuts) == 0 || cut > cuts[len(cuts)-1] {
			cuts = append(cuts, cut)
		}
	}
	return cuts
}

// between returns a number c, lo < c ≤ hi, halfway if rounding lets it.
func between(lo, hi float64) float64 {
	if c := lo/2 + hi/2; lo < c && c <= hi && !math.IsInf(c, 0) {
		return c
	}
	return hi
}
