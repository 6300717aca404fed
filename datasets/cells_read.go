package datasets

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

// maxReserve is the number of rows that metadata can make us allocate before
// they are read.
const maxReserve = 1 << 22

// ReadCells reads all rows of src as m describes them. Columns are found by
// name, in any order; only constants and identifiers may be absent. The
// result, and one record, is all that is held.
//
// It errs, naming row, column and value, on a cell that is not of its column's
// type, on a category that m does not have (suggesting the nearest), and on
// another value than a constant's. Numbers beyond the range of m are kept, and
// counted in Notes; so are missing cells in columns that had none.
func ReadCells(src Source, m *Metadata) (*Cells, error) {
	s, err := StreamCells(src, m)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	c := NewCells(m, 0)
	c.reserve(min(m.Rows, maxReserve))
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
		return nil, &Error{File: src.Name(), Found: "a header without rows", Remedy: "add rows of data"}
	}
	c.notes = s.Notes()
	return c, nil
}

// CellStream reads the rows of a table in blocks.
type CellStream struct {
	r       Records
	file    string
	meta    *Metadata
	at      []int // column of the metadata of each column of the file
	parsers []cellParser
}

// cellParser reads the cells of one column.
type cellParser struct {
	f       *Field
	form    format
	levels  map[string]int
	missing map[string]bool
	fixed   float64 // number of a constant
	number  bool    // a constant is a number
	stored  bool    // dates are as Parquet has them
	beyond  int     // cells outside the range
	gaps    int     // missing cells
	rounded int     // cells with more digits than are kept
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
	missing := missingSet(m.Missing)
	for j := range m.Columns {
		s.parsers[j] = newCellParser(&m.Columns[j], missing)
		s.parsers[j].stored = isParquet(src)
	}
	return s, nil
}

func newCellParser(f *Field, missing map[string]bool) cellParser {
	p := cellParser{f: f, form: f.number(), missing: missing}
	if f.Type.isCategory() {
		p.levels = make(map[string]int, len(f.Levels))
		for k := range f.Levels {
			p.levels[f.Levels[k].Name] = k
		}
	}
	if v, _, is := parseNumber(f.Value); is == isNumber {
		p.fixed, p.number = v, true
	}
	return p
}

// match finds the columns of the metadata.
func (s *CellStream) match(header []string) error {
	names := s.meta.names()
	index := make(map[string]int, len(names))
	for j, name := range names {
		index[name] = j
	}
	s.at = make([]int, len(header))
	for k, name := range header {
		j, ok := index[name]
		if !ok {
			return &Error{File: s.file, Column: name, Found: "the metadata does not know this column", Remedy: "remove it; " + didYouMean(name, names)}
		}
		s.at[k] = j
		delete(index, name)
	}
	for _, name := range names {
		if _, absent := index[name]; !absent {
			continue
		}
		if t := s.meta.Field(name).Type; t != TypeConstant && t != TypeIdentifier {
			return &Error{File: s.file, Column: name, Found: "this column of the metadata is not in the header", Remedy: "add it, with empty cells where it is not known; " + didYouMean(name, header)}
		}
	}
	return nil
}

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
		c.grow()
		for k, cell := range record {
			if err := s.parsers[s.at[k]].parse(c, c.rows-1, s.at[k], cell); err != nil {
				err.File, err.Row = s.file, s.r.Line()
				return false, err
			}
		}
	}
	return true, nil
}

// parse stores one cell.
func (p *cellParser) parse(c *Cells, i, j int, cell string) *Error {
	f := p.f
	if f.Type == TypeIdentifier {
		return nil
	}
	if isMissingCell(cell, p.missing) {
		p.gaps++
		if f.Type == TypeConstant && f.Value != "" {
			return p.fail("a missing cell", "the metadata knows no other value than "+suggest.Quote(f.Value)+" here")
		}
		return nil
	}
	switch {
	case f.Type.isCategory():
		k, known := p.levels[cell]
		if !known {
			_, err := f.LevelIndex(cell)
			return err.(*Error)
		}
		c.SetLevel(i, j, k)
	case f.Type.isNumber():
		v, err := p.value(cell)
		if err != nil {
			return err
		}
		if f.Range != nil && (v < f.Range.Min || v > f.Range.Max) {
			p.beyond++
		}
		c.SetNumber(i, j, v)
		if c.Number(i, j) != v || f.Type == TypeInteger && math.Abs(v) >= exact && cut(v, cell) {
			p.rounded++
		}
	case cell != f.Value:
		if v, _, is := parseNumber(cell); is != isNumber || !p.number || v != p.fixed {
			return p.fail(suggest.Quote(cell), "the metadata knows no other value than "+suggest.Quote(f.Value)+" here")
		}
	}
	return nil
}

// cut reports whether the digits of a large whole number are not those of v.
func cut(v float64, cell string) bool {
	return !strings.ContainsAny(cell, ".eE") && strconv.FormatFloat(v, 'f', -1, 64) != strings.TrimPrefix(cell, "+")
}

// value reads a number or a date.
func (p *cellParser) value(cell string) (float64, *Error) {
	if p.f.Type == TypeDateTime {
		v, _, ok := parseDate(p.f.Format, cell)
		if !ok && p.stored {
			v, ok = parseStored(p.f.Format, cell)
		}
		if !ok {
			return 0, p.fail(suggest.Quote(cell)+" is not a date of the format "+suggest.Quote(p.f.Format), "correct it or set the format")
		}
		return p.form.round(v), nil
	}
	v, _, is := parseNumber(cell)
	switch {
	case is == isTooLarge:
		return 0, p.fail(suggest.Quote(cell)+" is too large for a float64", "rescale the column")
	case is != isNumber:
		return 0, p.fail(suggest.Quote(cell)+" is not a number", "correct it, list it among the missing spellings, or declare the column categorical")
	case p.f.Type == TypeInteger && v != math.Trunc(v):
		return 0, p.fail(suggest.Quote(cell)+" is not a whole number", "correct it or declare the column numeric")
	}
	return v, nil
}

func (p *cellParser) fail(found, remedy string) *Error {
	return &Error{Column: p.f.Name, Found: found, Remedy: remedy}
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
		if p.gaps > 0 && p.f.Missing == 0 && p.f.Type != TypeConstant {
			gaps = append(gaps, fmt.Sprintf("%s (%d cells)", suggest.Quote(p.f.Name), p.gaps))
		}
	}
	var notes []string
	if len(rounded) > 0 {
		notes = append(notes, "numbers with more digits than the column keeps, rounded: "+strings.Join(rounded, ", "))
	}
	if len(beyond) > 0 {
		notes = append(notes, "values beyond the range that was seen: "+strings.Join(beyond, ", "))
	}
	if len(gaps) > 0 {
		notes = append(notes, "missing cells in columns that had none: "+strings.Join(gaps, ", "))
	}
	return notes
}
