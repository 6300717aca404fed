package tabular

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/internal/stream"
	"tweedie/nn"
)

// Conditions that are numbers have a law of their own, from which rows take those that
// are not given: the empirical one of the training rows, together with the levels, of
// which at most lawRows are kept, drawn without replacement. Nothing is smoothed: rows
// have numbers that occurred.
//
// Given numbers seldom occur exactly. What is not given follows then the rows whose
// given numbers, in standard deviations, are nearest to them: nearShare of the rows,
// leastNear at least. That is a regression by neighbors, and the rows carry a caveat
// that says so. Where all conditions are given nothing is drawn, and nothing is
// approximate.
const (
	lawRows   = 4096
	nearShare = 0.05
	leastNear = 20
)

// newConditionTable is the law of the conditions in the rows of c, in units of the table.
func newConditionTable(c *mat.Dense, fields []*datasets.Field, seed uint64) labelTable {
	if !slices.ContainsFunc(fields, (*datasets.Field).IsNumber) {
		return newLabelTable(c)
	}
	n, k := c.Dims()
	if n > lawRows {
		idx := stream.New(seed, "tabular/conditions").Perm(n)[:lawRows]
		slices.Sort(idx)
		kept := mat.NewDense(lawRows, k, nil)
		for i, r := range idx {
			kept.SetRow(i, c.RawRowView(r))
		}
		c, n = kept, lawRows
	}
	at, values := mat.DenseCopyOf(c), make([][]float64, k)
	for j, f := range fields {
		values[j] = []float64{}
		if !f.IsNumber() {
			continue
		}
		values[j] = slices.Compact(slices.Sorted(slices.Values(mat.Col(nil, j, c))))
		for i := range n {
			index, _ := slices.BinarySearch(values[j], c.At(i, j))
			at.Set(i, j, float64(index))
		}
	}
	t := newLabelTable(at)
	t.Values = values
	return t
}

func (t labelTable) isNumber(j int) bool { return j < len(t.Values) && len(t.Values[j]) > 0 }

// choices is the number of things that column j of the rows can be.
func (t labelTable) choices(j int, conds []nn.Condition) int {
	if conds[j].Levels > 0 || !t.isNumber(j) {
		return conds[j].Levels
	}
	return len(t.Values[j])
}

// checkValues reports whether the values fit the conditions: they come from a file.
func (t labelTable) checkValues(conds []nn.Condition) bool {
	numbers := slices.ContainsFunc(conds, func(c nn.Condition) bool { return c.Levels == 0 })
	if !numbers || len(t.Values) != len(conds) {
		return !numbers && t.Values == nil
	}
	for j, c := range conds {
		if (c.Levels == 0) != t.isNumber(j) {
			return false
		}
		for _, v := range t.Values[j] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}

// value is what stands for v in column j.
func (l *labelLaw) value(j, v int) float64 {
	switch {
	case j < len(l.fixed) && !math.IsNaN(l.fixed[j]):
		return l.fixed[j]
	case j < len(l.values) && len(l.values[j]) > 0:
		return l.values[j][v]
	}
	return float64(v)
}

// fixNumbers conditions the law on the numbers among values that are given.
func (l *labelLaw) fixNumbers(t labelTable, values []float64) {
	var given []int
	free := t.Values != nil && len(values) < len(t.Values)
	for j, v := range values {
		switch {
		case math.IsNaN(v):
			free = true
		case t.isNumber(j):
			given = append(given, j)
		}
	}
	if len(given) == 0 {
		return
	}
	l.fixed = values
	if !free { // the rows agree in all levels
		l.rows, l.cum = l.rows[:1], []int{1}
		return
	}
	l.nearest(given, values)
}

// nearest keeps the rows whose given numbers are nearest.
func (l *labelLaw) nearest(given []int, values []float64) {
	type row struct {
		at, count int
		far       float64
	}
	total := l.cum[len(l.cum)-1]
	rows := make([]row, len(l.rows))
	for i := range rows {
		rows[i] = row{i, l.cum[i], 0}
		if i > 0 {
			rows[i].count -= l.cum[i-1]
		}
	}
	for _, j := range given {
		sum, square := 0.0, 0.0
		for i, r := range rows {
			v, n := l.values[j][l.rows[i][j]], float64(r.count)
			sum, square = sum+n*v, square+n*v*v
		}
		mean := sum / float64(total)
		variance := max(square/float64(total)-mean*mean, math.SmallestNonzeroFloat64)
		for i := range rows {
			e := l.values[j][l.rows[i][j]] - values[j]
			rows[i].far += e * e / variance
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		switch {
		case a.far < b.far:
			return -1
		case a.far > b.far:
			return 1
		}
		return 0
	})
	want, have, n := min(total, max(leastNear, int(math.Ceil(nearShare*float64(total))))), 0, 0
	for ; have < want; n++ {
		have += rows[n].count
	}
	kept := rows[:n]
	slices.SortFunc(kept, func(a, b row) int { return a.at - b.at })
	from, cum := l.rows, 0
	l.rows, l.cum = nil, nil
	for _, r := range kept {
		cum += r.count
		l.rows, l.cum = append(l.rows, from[r.at]), append(l.cum, cum)
	}
	l.near = fmt.Sprintf("the conditions that are not given follow the %d training rows nearest in those that are, which is approximate; give all conditions, and nothing is", have)
}

// Caveats say how laws of conditions are approximate.
func (l labelTurns) Caveats() []string {
	var list []string
	for _, law := range l {
		if law.near != "" {
			list = appendNew(list, law.near)
		}
	}
	return list
}

// allowed tells which rows of the law agree with the conditions of a query; nil for all.
// A number that is given has been compared with them already.
func (m *Model) allowed(w *where.Conditions, given []float64) func(row []int) bool {
	levels, fields := w.AllowedLevels(), m.codec.Metadata().Conditions()
	sets := make([]*where.Set, len(fields))
	some := false
	for j, f := range fields {
		if f.IsNumber() && !(j < len(given) && !math.IsNaN(given[j])) {
			sets[j] = w.Cells(w.Column(f.Name))
			some = some || sets[j] != nil
		}
	}
	if !some {
		return levels
	}
	return func(row []int) bool {
		for j, s := range sets {
			if s != nil && !s.HoldsNumber(m.labels.Values[j][row[j]]) {
				return false
			}
		}
		return levels == nil || levels(row)
	}
}

// giveNumber gives a condition that is a number: one within the range of the training rows.
func (m *Model) giveNumber(g *given, k, label int, value string) error {
	f := &m.codec.Metadata().Columns[k]
	if err := g.cells.SetText(0, f.Name, value); err != nil {
		return m.wanted(k, value, err)
	}
	v := g.cells.Number(0, k)
	switch {
	case math.IsNaN(v):
		return fmt.Errorf("column %q is a condition without missing cells: give a number", f.Name)
	case v < f.Range.Min || v > f.Range.Max:
		return m.wanted(k, value, fmt.Errorf("%s is beyond the range that training had in column %q, which is a condition: %s: the network has seen nothing there",
			strings.TrimSpace(value), f.Name, rangeText(m.codec.Metadata(), k)))
	}
	g.labels[label] = v
	g.columns = append(g.columns, k)
	return nil
}

// rangeText is the range of a column of numbers, as its cells are written.
func rangeText(meta *datasets.Metadata, k int) string {
	one, r := datasets.NewCells(meta, 1), meta.Columns[k].Range
	text := func(v float64) string {
		one.SetNumber(0, k, v)
		return string(one.AppendText(nil, 0, k))
	}
	return text(r.Min) + " to " + text(r.Max)
}
