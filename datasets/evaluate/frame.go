package evaluate

import (
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

// column is a modeled column: numbers, NaN when missing, or levels, len(names) when missing.
type column struct {
	name  string
	field int // in the metadata
	num   []float64
	level []int
	names []string
}

func (c *column) category() bool { return c.num == nil }

// missing reports whether the cell of row i is.
func (c *column) missing(i int) bool {
	if c.category() {
		return c.level[i] == len(c.names)
	}
	return math.IsNaN(c.num[i])
}

// frame is a table by columns. Constants and identifiers are left out.
type frame struct {
	n    int
	cols []column
}

func newFrame(c *datasets.Cells) *frame {
	f := &frame{n: c.Rows()}
	meta := c.Metadata()
	for j := range meta.Columns {
		field := &meta.Columns[j]
		col := column{name: field.Name, field: j}
		switch {
		case field.IsNumber():
			col.num = make([]float64, f.n)
			for i := range col.num {
				col.num[i] = c.Number(i, j)
			}
		case field.HasLevels():
			for _, l := range field.Levels {
				col.names = append(col.names, l.Name)
			}
			col.level = make([]int, f.n)
			for i := range col.level {
				if col.level[i] = c.Level(i, j); col.level[i] < 0 {
					col.level[i] = len(col.names)
				}
			}
		default:
			continue
		}
		f.cols = append(f.cols, col)
	}
	return f
}

func (f *frame) subset(idx []int) *frame {
	s := &frame{n: len(idx), cols: slices.Clone(f.cols)}
	for j := range s.cols {
		c := &s.cols[j]
		c.level, c.num = take(c.level, idx), take(c.num, idx)
	}
	return s
}

// take returns the elements idx of x, nil of nil.
func take[T any](x []T, idx []int) []T {
	if x == nil {
		return nil
	}
	out := make([]T, len(idx))
	for k, i := range idx {
		out[k] = x[i]
	}
	return out
}

// atMost returns f, or n rows of it drawn without replacement, in order.
func (f *frame) atMost(n int, seed uint64, purpose string) *frame {
	if f.n <= n {
		return f
	}
	return f.subset(pickRows(f.n, n, seed, purpose))
}

func (f *frame) find(name string) int {
	return slices.IndexFunc(f.cols, func(c column) bool { return c.name == name })
}

// pickRows draws k of n rows without replacement, in order.
func pickRows(n, k int, seed uint64, purpose string) []int {
	idx := stream.New(seed, purpose).Perm(n)[:k]
	slices.Sort(idx)
	return idx
}

func mean(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}
