package datasets

import (
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"tweedie/internal/suggest"
)

// CellWriter writes rows of a mixed table, block by block. Columns are in the
// order of the metadata, with dropped identifiers left out, the others
// numbered anew, and constants written back. Close ends the file, and leaves
// the writer below open. A CellWriter is not safe for concurrent use.
type CellWriter interface {
	Write(c *Cells) error
	Close() error
}

// written returns the columns that a file has.
func (m *Metadata) written() []int {
	return m.indices(func(f *Field) bool { return f.Type != TypeIdentifier || f.Sequence != nil })
}

type csvCells struct {
	w       io.Writer
	meta    *Metadata
	list    []int
	columns []columnType
	quoted  []bool // columns whose text may need quotes
	row     int
	buf     []byte
	begun   bool
}

// NewCSVCells returns a writer of comma-separated values with a header.
// Numbers and dates are written as they were read, missing cells are empty.
// firstRow is the index of the first row: where identifiers start to count.
// Nothing is buffered between calls.
func NewCSVCells(w io.Writer, m *Metadata, firstRow int) CellWriter {
	c := &csvCells{w: w, meta: m, list: m.written(), row: firstRow, columns: make([]columnType, len(m.Columns)), quoted: make([]bool, len(m.Columns))}
	for j := range m.Columns {
		f := &m.Columns[j]
		c.columns[j] = f.Type.column()
		c.quoted[j] = needsQuotes(f.Format) || f.Style != nil && f.Style.quotes() || needsQuotes(f.Value) || slices.ContainsFunc(f.levelNames(), needsQuotes) ||
			f.Sequence != nil && needsQuotes(f.Sequence.Prefix+f.Sequence.Suffix)
	}
	return c
}

func (c *csvCells) Write(cells *Cells) error {
	if len(cells.columns) != len(c.meta.Columns) {
		panic("datasets: cells of another table")
	}
	c.buf = c.buf[:0]
	c.header()
	for i := range cells.rows {
		start := len(c.buf)
		for _, j := range c.list {
			c.cell(cells, i, j)
			c.buf = append(c.buf, ',')
		}
		c.buf = endLine(c.buf, start)
		c.row++
		if len(c.buf) >= flushAt {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

// Close writes the header if there was no row.
func (c *csvCells) Close() error {
	c.buf = c.buf[:0]
	c.header()
	return c.flush()
}

func (c *csvCells) header() {
	if c.begun {
		return
	}
	c.begun = true
	start := len(c.buf)
	for _, j := range c.list {
		if f := &c.meta.Columns[j]; !f.Unnamed {
			c.buf = appendText(c.buf, f.Name)
		}
		c.buf = append(c.buf, ',')
	}
	c.buf = endLine(c.buf, start)
}

// endLine ends a line, from start on, of which every cell has a comma after it.
func endLine(b []byte, start int) []byte {
	if len(b) == start+1 { // a reader would skip an empty line
		b = append(b[:start], '"', '"', ',')
	}
	b[len(b)-1] = '\n'
	return b
}

func (c *csvCells) cell(cells *Cells, i, j int) {
	start := len(c.buf)
	c.buf = c.columns[j].appendText(c.buf, &c.meta.Columns[j], cells, i, j, c.row)
	if c.quoted[j] {
		c.buf = appendText(c.buf[:start], string(c.buf[start:]))
	}
}

func (c *csvCells) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

// flushAt is the number of buffered bytes that are handed on in one write.
const flushAt = 1 << 16

// appendText appends a name or level, quoted if a reader would take it for something else.
func appendText(b []byte, s string) []byte {
	if !needsQuotes(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

func needsQuotes(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsAny(s, ",\"\r\n") || first == '\ufeff'
}

// SetText stores in row i the cell of a column that the text means, as
// ReadCells would read it. A date may be in ISO 8601 as well. It errs when the column or the category is not
// known, suggesting the nearest, when the text is not of the column's type,
// and when the column has no cells because it is an identifier.
func (c *Cells) SetText(i int, column, text string) error {
	for j := range c.meta.Columns {
		f := &c.meta.Columns[j]
		if f.Name != column {
			continue
		}
		if f.Type == TypeIdentifier {
			return &Error{Column: column, Found: "is an identifier, which is not modelled", Remedy: "choose from " + suggest.List(c.meta.modeled(), 12)}
		}
		p := newCellParser(f, c.meta.missingText())
		if err := p.parse(c, i, j, strings.TrimSpace(text)); err != nil {
			if f.Type == TypeDateTime {
				if v, ok := f.date().parseISO(strings.TrimSpace(text)); ok {
					c.SetNumber(i, j, v)
					return nil
				}
			}
			return err
		}
		if p.gaps > 0 {
			c.clear(i, j)
		}
		return nil
	}
	return &Error{Column: column, Found: "no such column", Remedy: suggest.Hint(column, c.meta.modeled())}
}

func (c *Cells) clear(i, j int) {
	switch c.columns[j].storage {
	case storesNumbers:
		c.SetNumber(i, j, math.NaN())
	case storesLevels:
		c.SetLevel(i, j, -1)
	}
}

// AppendText appends the text of the cell in row i of column j, nothing when
// it is missing or an identifier.
func (c *Cells) AppendText(b []byte, i, j int) []byte {
	f := &c.meta.Columns[j]
	return f.Type.column().appendText(b, f, c, i, j, -1)
}
