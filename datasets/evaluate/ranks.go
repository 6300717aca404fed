package evaluate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/datasets"
)

// ranked is a column of real rows in order: missing cells, then numbers, or categories by
// frequency. It maps cells to the standard normal distribution and back.
type ranked struct {
	field int
	order []int // rows
	first []int // by row: place in order of the first row with the same value
	same  []int // by row: number of rows with the same value
}

func rankColumns(f *frame) []ranked {
	out := make([]ranked, len(f.cols))
	for j := range f.cols {
		c := &f.cols[j]
		key := make([]float64, f.n)
		if c.category() {
			_, order := levelOrder(j, []*frame{f})
			for rank, k := range order {
				for i, l := range c.level {
					if l == k {
						key[i] = float64(rank)
					}
				}
			}
		} else {
			for i, v := range c.num {
				if key[i] = v; math.IsNaN(v) {
					key[i] = math.Inf(-1)
				}
			}
		}
		out[j] = rank(c.field, key)
	}
	return out
}

func rank(field int, key []float64) ranked {
	n := len(key)
	r := ranked{field, make([]int, n), make([]int, n), make([]int, n)}
	for i := range r.order {
		r.order[i] = i
	}
	slices.SortStableFunc(r.order, func(a, b int) int { return cmp.Compare(key[a], key[b]) })
	for at := 0; at < n; {
		end := at
		for end < n && key[r.order[end]] == key[r.order[at]] {
			end++
		}
		for _, i := range r.order[at:end] {
			r.first[i], r.same[i] = at, end-at
		}
		at = end
	}
	return r
}

// score returns Φ⁻¹ of a uniform draw between the shares of rows below and up to row i.
func (r *ranked) score(i int, draw *rand.Rand) float64 {
	u := (float64(r.first[i]) + float64(r.same[i])*draw.Float64()) / float64(len(r.order))
	return distuv.UnitNormal.Quantile(min(max(u, 1e-9), 1-1e-9))
}

func (r *ranked) row(z float64) int {
	n := len(r.order)
	return r.order[min(n-1, max(0, int(distuv.UnitNormal.CDF(z)*float64(n))))]
}

func empty(c *datasets.Cells, n int) *datasets.Cells {
	if c.Rows() == 0 || n < 0 {
		panic("evaluate: a floor of no rows")
	}
	return datasets.NewCells(c.Metadata(), n)
}
