package evaluate

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// oneHotLevels is the number of levels of a column that get a feature each.
const oneHotLevels = 64

// features maps rows to what trees read: numbers, NaN when missing, and a 0/1 feature per
// level (one for both of two), missing being a level. Of more than 64 levels the most
// frequent have a feature, and one more feature has the rank by frequency.
type features struct {
	cols []featureColumn
	dim  int
}

type featureColumn struct {
	j, at  int
	number bool
	slot   []int // feature of a level, -1 for none
	rank   []int // of a level by frequency; nil when all have a feature
}

// newFeatures counts levels in tables; skip is the column of the target, or -1.
func newFeatures(skip int, tables ...*frame) *features {
	f := &features{}
	for j := range tables[0].cols {
		c := &tables[0].cols[j]
		if j == skip {
			continue
		}
		col := featureColumn{j: j, at: f.dim, number: !c.category()}
		if col.number {
			f.dim++
		} else {
			f.dim += col.choose(levelOrder(j, tables))
		}
		f.cols = append(f.cols, col)
	}
	return f
}

// levelOrder returns the number of rows of each level, missing last, and the levels in
// decreasing order of it.
func levelOrder(j int, tables []*frame) (counts, order []int) {
	counts = make([]int, len(tables[0].cols[j].names)+1)
	for _, t := range tables {
		for _, k := range t.cols[j].level {
			counts[k]++
		}
	}
	order = make([]int, len(counts))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	return counts, order
}

func (c *featureColumn) choose(counts, order []int) int {
	c.slot = make([]int, len(order))
	used := 0
	for rank, k := range order {
		c.slot[k] = -1
		if counts[k] > 0 && rank < oneHotLevels {
			c.slot[k] = used
			used++
		}
	}
	switch {
	case used <= 2: // the second is what the first is not
		if used == 2 {
			c.slot[order[1]] = -1
		}
		return 1
	case len(order) > oneHotLevels && counts[order[oneHotLevels]] > 0:
		c.rank = make([]int, len(order))
		for rank, k := range order {
			c.rank[k] = rank
		}
		return used + 1
	}
	return used
}

// fill stores the features of the rows of f in the rows of x from row first on.
func (e *features) fill(x *mat.Dense, first int, f *frame) {
	for i := range f.n {
		row := x.RawRowView(first + i)
		for _, c := range e.cols {
			if c.number {
				row[c.at] = f.cols[c.j].num[i]
				continue
			}
			k := f.cols[c.j].level[i]
			if s := c.slot[k]; s >= 0 {
				row[c.at+s] = 1
			}
			if c.rank != nil {
				row[c.at+oneHotLevels] = float64(c.rank[k])
			}
		}
	}
}

// withFlags returns x and, for each column with NaN, another that is 1 where it has one: a
// linear model sees no other trace of them once NaN is 0.
func withFlags(x *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	var gaps []int
	for j := range d {
		if floats.HasNaN(mat.Col(nil, j, x)) {
			gaps = append(gaps, j)
		}
	}
	if len(gaps) == 0 {
		return x
	}
	out := mat.NewDense(n, d+len(gaps), nil)
	for i := range n {
		row := out.RawRowView(i)
		copy(row, x.RawRowView(i))
		for k, j := range gaps {
			if math.IsNaN(row[j]) {
				row[d+k] = 1
			}
		}
	}
	return out
}

// standardize gives the columns of x mean 0 and variance 1, and NaN the value 0.
func standardize(x *mat.Dense) {
	n, d := x.Dims()
	for j := range d {
		count, s, ss := 0.0, 0.0, 0.0
		for i := range n {
			if v := x.At(i, j); !math.IsNaN(v) {
				count++
				s += v
			}
		}
		m := s / max(count, 1)
		for i := range n {
			if v := x.At(i, j); !math.IsNaN(v) {
				ss += (v - m) * (v - m)
			}
		}
		sd := math.Sqrt(ss / max(count, 1))
		for i := range n {
			v := (x.At(i, j) - m) / sd
			if math.IsNaN(v) || math.IsInf(v, 0) {
				v = 0
			}
			x.Set(i, j, v)
		}
	}
}
