package tabular

import (
	"fmt"
	"math"

	"tweedie/datasets"
)

// unseen are the cells of rows whose values training had not: see datasets.Unseen.
type unseen struct {
	cells  map[[2]int]bool // row and column
	labels map[int]int     // the label column that is unseen in a row
	rows   map[int]bool    // that have such cells
}

// unseen returns those of c. The zero value has none.
func (m *Model) unseen(c *datasets.Cells) (u unseen) {
	for _, cell := range c.Unseen() {
		if cell.Gap {
			continue
		}
		if u.cells == nil {
			u.cells, u.labels, u.rows = map[[2]int]bool{}, map[int]int{}, map[int]bool{}
		}
		u.cells[[2]int{cell.Row, cell.Column}], u.rows[cell.Row] = true, true
		if m.codec.Metadata().Columns[cell.Column].Condition {
			u.labels[cell.Row] = cell.Column
		}
	}
	return u
}

func (u unseen) has(i, j int) bool { return u.cells[[2]int{i, j}] }

// without reports whether row i lacks a label that the model could be given.
func (u unseen) without(i int) bool {
	_, is := u.labels[i]
	return is
}

// Labeled returns the rows of c whose labels the model knows, c itself if all are such.
func (m *Model) Labeled(c *datasets.Cells) *datasets.Cells {
	odd := m.unseen(c)
	if len(odd.labels) == 0 {
		return c
	}
	var idx []int
	for i := range c.Rows() {
		if !odd.without(i) {
			idx = append(idx, i)
		}
	}
	return c.Subset(idx)
}

// withinRange moves the numbers of the one row of c that are beyond the range of their column
// to its end: the network has seen nothing beyond it.
func (m *Model) withinRange(c *datasets.Cells) {
	if m.open {
		return
	}
	for j := range c.Metadata().Columns {
		f := &c.Metadata().Columns[j]
		if !f.IsNumber() || c.Missing(0, j) {
			continue
		}
		if v := c.Number(0, j); v < f.Range.Min || v > f.Range.Max {
			c.SetNumber(0, j, min(max(v, f.Range.Min), f.Range.Max))
		}
	}
}

// farAway is the distance of a number from the mean of its column, in standard deviations,
// beyond which the network, whose numbers are float32, has nothing to say.
const (
	farAway   = 1e10
	farReason = "numbers so far from all that training had that the flow leaves the range of its numbers"
)

// densityless says why a row has no finite log density, or "", and what it has instead: -Inf
// for a level that training had not, NaN where what is asked for cannot be known.
func (m *Model) densityless(c *datasets.Cells, u unseen, i int) (why string, instead float64) {
	for j := range c.Metadata().Columns {
		f := &c.Metadata().Columns[j]
		switch {
		case f.IsNumber() && !f.Condition && !f.IsLevel(c.Number(i, j)) && math.Abs(c.Number(i, j)-f.Map.Mean) > farAway*max(f.Map.Std, math.SmallestNonzeroFloat64):
			why, instead = farReason, math.Inf(-1)
		case !f.Modeled() || !c.Missing(i, j):
		case f.Condition:
			return fmt.Sprintf("no label in %q that the model knows: its law is not known", f.Name), math.NaN()
		case u.has(i, j):
			if why == "" {
				why, instead = fmt.Sprintf("a value in %q that training had not: probability 0", f.Name), math.Inf(-1)
			}
		case f.Missing == 0:
			why, instead = fmt.Sprintf("a missing cell in %q, of which the model knows none: impute it first", f.Name), math.NaN()
		}
	}
	return why, instead
}
