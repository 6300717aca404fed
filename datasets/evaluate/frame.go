package evaluate

import (
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

// column is one modeled column, unpacked: num of numbers and dates, NaN when
// missing, or level of categories, where len(names) stands for missing.
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

// subset returns the rows idx.
func (f *frame) subset(idx []int) *frame {
	s := &frame{n: len(idx), cols: make([]column, len(f.cols))}
	for j := range f.cols {
		c := f.cols[j]
		if c.category() {
			level := make([]int, len(idx))
			for k, i := range idx {
				level[k] = c.level[i]
			}
			c.level = level
		} else {
			num := make([]float64, len(idx))
			for k, i := range idx {
				num[k] = c.num[i]
			}
			c.num = num
		}
		s.cols[j] = c
	}
	return s
}

// atMost returns f, or n rows of it drawn without replacement, in order.
func (f *frame) atMost(n int, seed uint64, purpose string) *frame {
	if f.n <= n {
		return f
	}
	idx := stream.New(seed, purpose).Perm(f.n)[:n]
	slices.Sort(idx)
	return f.subset(idx)
}

// find returns the position of the column, or -1.
func (f *frame) find(name string) int {
	return slices.IndexFunc(f.cols, func(c column) bool { return c.name == name })
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
