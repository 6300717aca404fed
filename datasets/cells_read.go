package datasets

import (
	"fmt"
	"io"
	"math"
	"strings"

	"tweedie/internal/suggest"
)

// maxReserve bounds the rows that are allocated before they are read.
const maxReserve = 1 << 22

// ReadCells reads all rows of src as m describes them. Columns are found by
// name, in any order; only constants and identifiers may be absent. The
// result, and one record, is all that is held.
//
// It errs, naming row, column and value of the first in each column, on a cell that
// is not of its column's
// type, on a category that m does not have (suggesting the nearest), and on
// another value than a constant's. Numbers beyond the range of m are kept, and
// counted in Notes; so are missing cells in columns that had none.
func ReadCells(src Source, m *Metadata) (*Cells, error) {
	s, err := StreamCells(src, m)
	if err != nil {
		return nil, err
	}
	return s.readAll()
}

func (s *CellStream) readAll() (*Cells, error) {
	defer s.Close()
	m := s.meta
	c := NewCells(m, min(m.Rows, maxReserve))
	c.Resize(0)
	for {
		more, err := s.Append(c, math.MaxInt)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	if c.rows == 0 {
		return nil, &Error{File: s.file, Found: "a header without rows", Remedy: "add rows of data"}
	}
	c.notes, c.first = s.Notes(), s.first()
	return c, nil
}

// CellStream reads the rows of a table in blocks.
type CellStream struct {
	r       Records
	file    string
	meta    *Metadata
	at      []int // column of the metadata of each column of the file
	parsers []cellParser
	keep    func(record []string) // called with every row; nil for none
	keeps   bool                  // values that the metadata does not have: see StreamUnseen
}

type cellParser struct {
	f           *Field
	column      columnType
	form        decimal
	levels      map[string]int // index of each level
	missing     map[string]bool
	fromParquet bool   // texts are those of Parquet values
	beyond      int    // cells outside the range
	gaps        int    // missing cells
	rounded     int    // cells with more digits than are kept
	strange     int    // cells that the metadata does not have
	constant    int    // missing cells of a constant
	first       *Error // on the first that is strange or beyond the range
}

// StreamCells opens src for reading in blocks: see ReadCells.
func StreamCells(src Source, m *Metadata) (*CellStream, error) {
	r, err := src.Open()
	if err != nil {
		return nil, err
	}
	s := &CellStream{r: r, file: src.Name(), meta: m, parsers: make([]cellParser, len(m.Columns))}
	if err := s.match(r.Header()); err != nil {
		r.Close()
		return nil, err
	}
	missing := m.missingIn(src)
	for j := range m.Columns {
		s.parsers[j] = newCellParser(&m.Columns[j], missing)
		s.parsers[j].fromParquet = isParquet(src)
	}
	return s, nil
}

func newCellParser(f *Field, missing map[string]bool) cellParser {
	p := cellParser{f: f, column: f.Type.column(), form: f.decimal(), missing: missing, levels: make(map[string]int, len(f.Levels))}
	for k := range f.Levels {
		p.levels[f.Levels[k].Name] = k
	}
	return p
}

func (s *CellStream) match(header []string) error {
	var bad problems
	names := s.meta.Names()
	index := make(map[string]int, len(names))
	for j, name := range names {
		index[name] = j
	}
	s.at = make([]int, len(header))
	for k, name := range header {
		j, ok := index[name]
		if !ok {
			bad.add(&Error{File: s.file, Column: name, Found: "the metadata does not know this column", Remedy: "remove it; " + suggest.Hint(name, names)})
			continue
		}
		s.at[k] = j
		delete(index, name)
	}
	if err := bad.error(); err != nil {
		return err
	}
	for _, name := range names {
		if _, absent := index[name]; !absent {
			continue
		}
		if s.meta.Field(name).Modeled() {
			bad.add(&Error{File: s.file, Column: name, Found: "this column of the metadata is not in the header", Remedy: "add it, with empty cells where it is not known; " + suggest.Hint(name, header)})
		}
	}
	return bad.error()
}

// Gaps counts the missing cells of a column of the metadata that were read.
func (s *CellStream) Gaps(column int) int { return s.parsers[column].gaps }

// Close closes the source.
func (s *CellStream) Close() error { return s.r.Close() }

// Append reads up to limit more rows into c, and reports whether there may be
// others.
func (s *CellStream) Append(c *Cells, limit int) (more bool, err error) {
	if c.meta != s.meta {
		panic("datasets: cells of another metadata")
	}
	for range limit {
		record, err := s.r.Next()
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		c.grow(1)
		for k, cell := range record {
			p := &s.parsers[s.at[k]]
			err := p.parse(c, c.rows-1, s.at[k], cell)
			if p.first != nil && p.first.Row == 0 {
				p.first.File, p.first.Row = s.file, s.r.Line()
			}
			if err != nil && !s.keepUnseen(c, s.at[k], cell, err) {
				return false, s.allProblems(c, record)
			}
		}
		if s.keep != nil {
			s.keep(record)
		}
	}
	return true, nil
}

// allProblems reads the rest of the table for the error that tells of every column that
// has one. The last row of c is lost.
func (s *CellStream) allProblems(c *Cells, record []string) error {
	var bad problems
	failed := make([]bool, len(s.parsers))
	for err := error(nil); err == nil; record, err = s.r.Next() {
		for k, cell := range record {
			j := s.at[k]
			if failed[j] {
				continue
			}
			if e := s.parsers[j].parse(c, c.rows-1, j, cell); e != nil && !(s.keeps && e.Err == errUnseen) {
				e.File, e.Row, failed[j] = s.file, s.r.Line(), true
				bad.add(e)
			}
		}
	}
	return bad.error()
}

// parse stores a cell. Spaces around it do not count, and a spelling may mean that it is
// missing, unless it is a level with them: a column from Parquet has such levels.
func (p *cellParser) parse(c *Cells, i, j int, cell string) *Error {
	if bare := strings.TrimSpace(cell); len(bare) < len(cell) {
		if _, level := p.levels[cell]; !level {
			cell = bare
		}
	}
	if isMissingCell(cell, p.missing) {
		if _, level := p.levels[cell]; !level || cell == "" {
			p.gaps++
			cell = NoValue
		}
	}
	return p.column.parse(p, c, i, j, cell)
}

// Notes says, one line each, what the rows read so far have that the metadata
// has not.
func (s *CellStream) Notes() []string {
	var beyond, gaps, rounded []string
	for j := range s.parsers {
		p := &s.parsers[j]
		if p.beyond > 0 {
			beyond = append(beyond, fmt.Sprintf("%s (%d cells)", suggest.Quote(p.f.Name), p.beyond))
		}
		if p.rounded > 0 {
			rounded = append(rounded, fmt.Sprintf("%s (%d cells)", suggest.Quote(p.f.Name), p.rounded))
		}
		if p.gaps > 0 && p.f.Missing == 0 && p.f.Modeled() {
			gaps = append(gaps, fmt.Sprintf("%s (%d cells)", suggest.Quote(p.f.Name), p.gaps))
		}
	}
	notes := s.unseenNotes()
	if len(rounded) > 0 {
		notes = append(notes, "numbers with more digits than the column keeps, rounded: "+suggest.Join(rounded, notedColumns))
	}
	if len(beyond) > 0 {
		notes = append(notes, "values beyond the range that was seen: "+suggest.Join(beyond, notedColumns))
	}
	if len(gaps) > 0 {
		notes = append(notes, "missing cells in columns that had none: "+suggest.Join(gaps, notedColumns))
	}
	return notes
}
