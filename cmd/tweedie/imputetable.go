package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// imputeBlock is the number of rows that are held at a time.
const imputeBlock = 4096

// survey is what a first pass over a table finds.
type survey struct {
	rows, open, cells int // rows, those with missing cells, and these
	notes             []string
}

// survey reads a table to the end, so that what cannot be filled is said before
// hours of work. It errs when a row lacks what the model has to be given.
func (b *bundle) survey(src datasets.Source) (*survey, error) {
	m := b.codec.Metadata()
	r, err := datasets.StreamCells(src, m)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s, c, gaps := &survey{}, datasets.NewCells(m, 0), b.gaps()
	for more := true; more; {
		c.Resize(0)
		if more, err = r.Append(c, imputeBlock); err != nil {
			return nil, err
		}
		if err := wholeLabels(c, src.Name(), s.rows); err != nil {
			return nil, err
		}
		s.rows += c.Rows()
		for i := range c.Rows() {
			n := 0
			for _, g := range gaps {
				if c.Missing(i, g.column) {
					n++
				}
			}
			s.cells += n
			if n > 0 {
				s.open++
			}
		}
	}
	if s.rows == 0 {
		return nil, &datasets.Error{File: src.Name(), Found: "a header without rows", Remedy: "add rows of data"}
	}
	s.notes = r.Notes()
	for _, f := range m.Columns {
		if f.Type == datasets.TypeConstant && f.Value == "" {
			s.notes = append(s.notes, "left empty: column "+suggest.Quote(f.Name)+" had no value in training")
		}
	}
	return s, nil
}

// wholeLabels errs when a condition is missing in a row; first is the index of
// the first row of c.
func wholeLabels(c *datasets.Cells, file string, first int) error {
	m := c.Metadata()
	for j := range m.Columns {
		if !m.Columns[j].Condition {
			continue
		}
		for i := range c.Rows() {
			if c.Missing(i, j) {
				return &datasets.Error{File: file, Column: m.Columns[j].Name, Found: fmt.Sprintf("a missing label in data row %d, and the model was trained with --condition %s: it is given labels, and has none to fill in", first+i+1, m.Columns[j].Name),
					Remedy: "train without that --condition, and the column is filled like others"}
			}
		}
	}
	return nil
}

// fillTable reads blocks of rows, fills them and writes them.
func (a *app) fillTable(ctx context.Context, o *imputeFlags, f *filler, src datasets.Source, s *survey, outs *outputs) error {
	r, err := openRows(src, f.codec.Metadata(), isParquet(o.out))
	if err != nil {
		return err
	}
	defer r.close()
	var writers []rowWriter
	for _, w := range outs.files {
		writers = append(writers, r.writer(w))
	}
	p := a.progress("impute", s.rows*o.draws)
	draws := []*datasets.Cells{datasets.NewCells(f.codec.Metadata(), 0)}
	for first, more := 0, true; more; {
		if more, err = r.next(imputeBlock); err != nil {
			return err
		}
		n := r.cells.Rows()
		if n == 0 {
			break
		}
		for k := range o.draws {
			if o.point && k == len(draws) {
				draws = append(draws, datasets.NewCells(f.codec.Metadata(), 0))
			}
			drawn := draws[min(k, len(draws)-1)]
			if err := f.fill(ctx, drawn, r.cells, first, k); err != nil {
				return err
			}
			if !o.point {
				if err := writers[k].write(r, drawn); err != nil {
					return err
				}
			}
			p.set(first*o.draws+(k+1)*n, "")
		}
		if o.point {
			full := subset(r.cells)
			consensus(full, draws)
			if err := writers[0].write(r, full); err != nil {
				return err
			}
		}
		first += n
	}
	for _, w := range writers {
		if err := w.close(); err != nil {
			return err
		}
	}
	p.finish()
	return nil
}

func subset(c *datasets.Cells) *datasets.Cells {
	idx := make([]int, c.Rows())
	for i := range idx {
		idx[i] = i
	}
	return c.Subset(idx)
}

// rowsOfTable reads a table twice over at once: the cells as the model sees
// them, and what is to be written of those that are known.
type rowsOfTable struct {
	cells *datasets.Cells // of the block at hand
	text  [][]string      // of the same rows; nil for Parquet
	exact *datasets.Cells // of the same rows, for Parquet; nil for CSV

	meta        *datasets.Metadata
	header      []string
	at          []int // column of meta of each column of the file
	stream      *datasets.CellStream
	records     datasets.Records
	exactStream *datasets.CellStream
}

func openRows(src datasets.Source, m *datasets.Metadata, typed bool) (r *rowsOfTable, err error) {
	r = &rowsOfTable{meta: m, cells: datasets.NewCells(m, 0)}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.records, err = src.Open(); err != nil {
		return nil, err
	}
	r.header = slices.Clone(r.records.Header())
	for _, name := range r.header {
		r.at = append(r.at, slices.IndexFunc(m.Columns, func(f datasets.Field) bool { return f.Name == name }))
	}
	if r.stream, err = datasets.StreamCells(src, m); err != nil {
		return nil, err
	}
	if !typed {
		return r, nil
	}
	exact, err := r.exactMetadata(src)
	if err != nil {
		return nil, err
	}
	r.exact = datasets.NewCells(exact, 0)
	r.exactStream, err = datasets.StreamCells(src, exact)
	return r, err
}

// exactMetadata describes the columns of the file in their order such that no
// known cell is rounded, and identifiers are kept as levels.
func (r *rowsOfTable) exactMetadata(src datasets.Source) (*datasets.Metadata, error) {
	m := *r.meta
	m.Columns = nil
	var identifiers []int
	for k, j := range r.at {
		f := r.meta.Columns[j]
		f.Condition = false
		switch f.Type {
		case datasets.TypeNumeric, datasets.TypeInteger:
			f.Wide, f.Digits = true, &datasets.Digits{Max: datasets.Shortest}
		case datasets.TypeDateTime:
			f.Wide = true
		case datasets.TypeIdentifier:
			f = datasets.Field{Name: f.Name, Type: datasets.TypeCategorical}
			identifiers = append(identifiers, k)
		}
		m.Columns = append(m.Columns, f)
	}
	if len(identifiers) == 0 {
		return &m, nil
	}
	records, err := src.Open()
	if err != nil {
		return nil, err
	}
	defer records.Close()
	seen := make([]map[string]bool, len(identifiers))
	for i := range seen {
		seen[i] = map[string]bool{"": true}
	}
	for {
		row, err := records.Next()
		if row == nil || err != nil {
			break // an error shows when the rows are read
		}
		for i, k := range identifiers {
			if !seen[i][row[k]] {
				seen[i][row[k]] = true
				m.Columns[k].Levels = append(m.Columns[k].Levels, datasets.Level{Name: row[k]})
			}
		}
	}
	return &m, nil
}

// next reads a block of up to limit rows, and reports whether there may be more.
func (r *rowsOfTable) next(limit int) (more bool, err error) {
	r.cells.Resize(0)
	if more, err = r.stream.Append(r.cells, limit); err != nil {
		return false, err
	}
	if r.exact != nil {
		r.exact.Resize(0)
		_, err = r.exactStream.Append(r.exact, limit)
		return more, err
	}
	r.text = r.text[:0]
	for range r.cells.Rows() {
		row, err := r.records.Next()
		if err != nil {
			return false, err
		}
		r.text = append(r.text, slices.Clone(row))
	}
	return more, nil
}

func (r *rowsOfTable) close() {
	if r.records != nil {
		r.records.Close()
	}
	if r.stream != nil {
		r.stream.Close()
	}
	if r.exactStream != nil {
		r.exactStream.Close()
	}
}

// fillExact stores what was drawn in the missing cells of the exact ones.
func (r *rowsOfTable) fillExact(drawn *datasets.Cells) {
	for k, j := range r.at {
		switch f := &r.meta.Columns[j]; f.Type {
		case datasets.TypeConstant, datasets.TypeIdentifier:
			continue
		case datasets.TypeCategorical, datasets.TypeBoolean:
			for i := range r.cells.Rows() {
				if r.cells.Missing(i, j) {
					r.exact.SetLevel(i, k, drawn.Level(i, j))
				}
			}
		default:
			for i := range r.cells.Rows() {
				if v := drawn.Number(i, j); math.IsNaN(r.cells.Number(i, j)) {
					r.exact.SetNumber(i, k, v)
				}
			}
		}
	}
}
