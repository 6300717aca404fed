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
}

// imputeBlock is the number of rows that are held at a time.
const imputeBlock = 4096

// CountMissing reads a table to the end, so that what cannot be filled is known before
// hours of work. It errs when a row lacks a label.
func (m *Model) CountMissing(table datasets.Source) (*MissingCells, error) {
	meta := m.codec.Metadata()
	r, err := datasets.StreamCells(table, meta)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s, c, columns := &MissingCells{}, datasets.NewCells(meta, 0), m.imputable()
	for more := true; more; {
		c.Resize(0)
		if more, err = r.Append(c, imputeBlock); err != nil {
			return nil, err
		}
		if err := m.CheckLabels(c, table.Name(), s.Rows); err != nil {
			return nil, err
		}
		s.Rows += c.Rows()
		for i := range c.Rows() {
			n := 0
			for _, g := range columns {
				if c.Missing(i, g.index) {
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
	s.Notes = r.Notes()
	for _, f := range meta.Columns {
		if f.Type == datasets.TypeConstant && f.Value == "" {
			s.Notes = append(s.Notes, "left empty: column "+suggest.Quote(f.Name)+" had no value in training")
		}
	}
	return s, nil
}

// CheckLabels errs when a label is missing in a row; first is the index of the first
// row of c.
func (m *Model) CheckLabels(c *datasets.Cells, file string, first int) error {
	for j, f := range m.codec.Metadata().Columns {
		if !f.Condition {
			continue
		}
		for i := range c.Rows() {
			if c.Missing(i, j) {
				return &datasets.Error{File: file, Column: f.Name, Found: fmt.Sprintf("a missing label in data row %d, and the model was trained with the label column %s: it is given labels, and has none to fill in", first+i+1, f.Name),
					Remedy: "train without that label column, and it is filled like others"}
			}
		}
	}
	return nil
}
