package tabular

import (
	"fmt"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// imputable is a modeled column, and where its encoding says that a cell is missing.
type imputable struct {
	index       int
	flag, last  int // first position of the category, and that of missing; -1 without
	onlyPresent bool
}

// exclude stores in y what is known of a missing cell: that it has a value.
func (g imputable) exclude(y []float64) {
	switch {
	case g.last < 0:
	case g.onlyPresent:
		y[g.flag], y[g.last] = 1, 0
	default:
		y[g.last] = 0
	}
}

// imputable are the columns whose missing cells can be filled.
func (m *Model) imputable() []imputable {
	meta := m.codec.Metadata()
	var list []imputable
	for _, k := range m.blocks {
		j := slices.IndexFunc(meta.Columns, func(f datasets.Field) bool { return f.Name == k.Column })
		if len(list) > 0 && list[len(list)-1].index == j {
			continue // the number after its flag
		}
		g := imputable{index: j, flag: -1, last: -1}
		if f := &meta.Columns[j]; f.Missing > 0 {
			g.flag, g.last = k.Start, k.Start+k.Len-1
			g.onlyPresent = k.Len == 2
		}
		list = append(list, g)
	}
	return list
}

// MissingCells is what a first pass over a table finds: its rows, those with missing cells,
// and these cells.
type MissingCells struct {
	Rows, Incomplete, Cells int
	Notes                   []string
	Strange                 error // due to the first value that training had not; nil without
}

// imputeBlock is the number of rows that are held at a time.
const imputeBlock = 4096

// CountMissing reads a table to the end, so that what cannot be filled is known before
// hours of work. Missing cells of constants count, and those of rows with a label that
// training had not do not: they stay. It errs when a row lacks a label.
func (m *Model) CountMissing(table datasets.Source) (*MissingCells, error) {
	meta := m.codec.Metadata()
	r, err := datasets.StreamUnseen(table, meta)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s, c, columns, left := &MissingCells{}, datasets.NewCells(meta, 0), m.imputable(), 0
	for more := true; more; {
		c.Resize(0)
		if more, err = r.Append(c, imputeBlock); err != nil {
			return nil, err
		}
		if err := m.CheckLabels(c, table.Name(), s.Rows); err != nil {
			return nil, err
		}
		s.Rows += c.Rows()
		odd := m.unseen(c)
		gaps := make([]int, c.Rows()) // of constants, by row
		for _, u := range c.Unseen() {
			if u.Gap {
				gaps[u.Row]++
			}
		}
		for i, n := range gaps {
			if odd.without(i) {
				left++
			}
			for _, g := range columns {
				if c.Missing(i, g.index) && !odd.has(i, g.index) && !odd.without(i) {
					n++
				}
			}
			s.Cells += n
			s.Incomplete += min(n, 1)
		}
	}
	if s.Rows == 0 {
		return nil, &datasets.Error{File: table.Name(), Found: "a header without rows", Remedy: "add rows of data"}
	}
	s.Notes, s.Strange = r.Notes(), r.Strange()
	if left > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("rows left as they are, since training had not their labels: %d", left))
	}
	for j, f := range meta.Columns {
		if n := r.Gaps(j); n > 0 && f.Type == datasets.TypeIdentifier {
			s.Notes = append(s.Notes, fmt.Sprintf("left empty: %d cells of column %s, which is not modeled: train with it declared categorical to fill them", n, suggest.Quote(f.Name)))
		}
		if f.Type == datasets.TypeConstant && f.Value == "" {
			s.Notes = append(s.Notes, "left empty: column "+suggest.Quote(f.Name)+" had no value in training")
		}
	}
	return s, nil
}

// CheckLabels errs when a label is missing in a row; first is the index of the first
// row of c. One that training had not is none that is missing.
func (m *Model) CheckLabels(c *datasets.Cells, file string, first int) error {
	odd := m.unseen(c)
	for j, f := range m.codec.Metadata().Columns {
		if !f.Condition {
			continue
		}
		for i := range c.Rows() {
			if c.Missing(i, j) && !odd.has(i, j) {
				return &datasets.Error{File: file, Column: f.Name, Found: fmt.Sprintf("a missing label in data row %d, and the model was trained with the label column %s: it is given labels, and has none to fill in", first+i+1, f.Name),
					Remedy: "train without that label column, and it is filled like others"}
			}
		}
	}
	return nil
}
