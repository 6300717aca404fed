package datasets

import (
	"errors"
	"fmt"
	"strings"

	"tweedie/internal/suggest"
)

// Unseen is a cell that Cells cannot hold: a level that the metadata does not have, another
// value than a constant's, or a missing cell of a constant. A level is missing in Cells.
type Unseen struct {
	Row, Column int    // of the cells
	Text        string // as it was read
	Gap         bool   // a missing cell of a constant
}

// errUnseen is the cause of errors on cells that StreamUnseen keeps.
var errUnseen = errors.New("a value that the metadata does not have")

// notedColumns is the number of columns that a note names.
const notedColumns = 12

// StreamUnseen is StreamCells for a table that m was not estimated from: cells that m does
// not allow, but for text among numbers and dates, do not end it. Cells.Unseen lists them,
// and Notes counts them.
func StreamUnseen(src Source, m *Metadata) (*CellStream, error) {
	s, err := StreamCells(src, m)
	if err == nil {
		s.keeps = true
	}
	return s, err
}

// ReadUnseen is ReadCells as StreamUnseen reads.
func ReadUnseen(src Source, m *Metadata) (*Cells, error) {
	s, err := StreamUnseen(src, m)
	if err != nil {
		return nil, err
	}
	return s.readAll()
}

// Unseen lists the cells that c cannot hold, in order of rows. Resize and copies have none.
func (c *Cells) Unseen() []Unseen { return c.unseen }

// Strange returns the error that is due to the first cell of a value that the metadata does
// not have, or beyond the range of its column, nil when there is none.
func (c *Cells) Strange() error {
	if c.first == nil {
		return nil
	}
	return c.first
}

// Strange is Cells.Strange of the rows read so far.
func (s *CellStream) Strange() error {
	if e := s.first(); e != nil {
		return e
	}
	return nil
}

func (s *CellStream) first() (first *Error) {
	for j := range s.parsers {
		if e := s.parsers[j].first; e != nil && (first == nil || e.Row < first.Row) {
			first = e
		}
	}
	return first
}

// keepUnseen adds a cell to those of c that are unseen, if err says that it is one.
func (s *CellStream) keepUnseen(c *Cells, j int, cell string, err *Error) bool {
	if !s.keeps || err.Err != errUnseen {
		return false
	}
	p := &s.parsers[j]
	u := Unseen{Row: c.rows - 1, Column: j, Text: cell, Gap: isMissingCell(strings.TrimSpace(cell), p.missing)}
	c.unseen = append(c.unseen, u)
	if u.Gap {
		p.constant++
		return true
	}
	if p.strange++; p.first == nil {
		p.first = err
		p.first.File, p.first.Row = s.file, s.r.Line()
	}
	return true
}

func (s *CellStream) unseenNotes() (notes []string) {
	var strange, gaps []string
	for j := range s.parsers {
		p := &s.parsers[j]
		if p.strange > 0 {
			strange = append(strange, fmt.Sprintf("%s (%d cells; row %d: %s)", suggest.Quote(p.f.Name), p.strange, p.first.Row, p.first.Found))
		}
		if p.constant > 0 {
			gaps = append(gaps, fmt.Sprintf("%s (%d cells)", suggest.Quote(p.f.Name), p.constant))
		}
	}
	if len(strange) > 0 {
		notes = append(notes, "values that training had not, kept as they are: "+suggest.Join(strange, notedColumns))
	}
	if len(gaps) > 0 {
		notes = append(notes, "missing cells of constant columns, whose one value is known: "+suggest.Join(gaps, notedColumns))
	}
	return notes
}
