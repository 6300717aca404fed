package main

import (
	"context"
	"fmt"

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
