package datasets

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"
)

// flushAt is the number of buffered bytes that are handed on in one write.
const flushAt = 1 << 16

// CSVWriter writes encoded rows as the file that the schema came from: the
// same header, order of columns, decimals and constants. Nothing is buffered
// between calls, so there is nothing to flush or close. A CSVWriter is not
// safe for concurrent use.
type CSVWriter struct {
	w       io.Writer
	encoder *Encoder
	cells   []cell
	buf     []byte
	begun   bool // the header is written
	labels  bool // rows have labels
	kinds   int  // number of label columns
}

// cell writes one column. Exactly one of its parts is used.
type cell struct {
	fixed  []byte   // text of a constant
	scaled *scaled  // a modelled column
	levels [][]byte // texts of the levels of a label column
	index  int      // column of the encoded matrix, or of the conditions
}

// NewCSVWriter returns a writer of rows of the valid schema s to w.
func NewCSVWriter(w io.Writer, s *Schema) *CSVWriter {
	c := &CSVWriter{w: w, encoder: NewEncoder(s), cells: make([]cell, len(s.Columns))}
	numbers := 0
	for i := range s.Columns {
		col := &s.Columns[i]
		switch {
		case col.Kind == Label:
			levels := make([][]byte, len(col.Levels))
			for k, level := range col.Levels {
				levels[k] = appendText(nil, level.Name)
			}
			c.cells[i] = cell{levels: levels, index: c.kinds}
			c.kinds++
		case col.Constant:
			c.cells[i] = cell{fixed: newFormat(col.Decimals, col.Integer).append(nil, col.Min)}
		default:
			c.cells[i] = cell{scaled: &c.encoder.columns[numbers], index: numbers}
			numbers++
		}
	}
	return c
}

// WriteBlock writes the rows of encoded, n×Dim, after the header if they are
// the first. labels, n×len(Schema.Labels()), has the index of each row's
// labels, NaN for an empty cell; when it is nil the label columns are left out
// of the file. Blocks have labels all or none.
//
// It panics on a size mismatch, on labels that come and go, and on an index
// that is not one of a level. It errs when a value is not finite, before
// anything of the block is written, and when w does.
func (c *CSVWriter) WriteBlock(encoded, labels *mat.Dense) error {
	n, _ := encoded.Dims()
	checkDims(encoded, n, c.encoder.Dim())
	if labels != nil {
		checkDims(labels, n, c.kinds)
	}
	if err := c.check(encoded); err != nil {
		return err
	}
	c.buf = c.buf[:0]
	if !c.begun {
		c.labels = labels != nil
		c.header()
		c.begun = true
	}
	if c.labels != (labels != nil) {
		panic("datasets: some blocks have labels and some have not")
	}
	var label []float64
	for i := range n {
		if labels != nil {
			label = labels.RawRowView(i)
		}
		c.row(encoded.RawRowView(i), label)
		if len(c.buf) >= flushAt {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

// check errs when a value cannot be written.
func (c *CSVWriter) check(encoded *mat.Dense) error {
	n, _ := encoded.Dims()
	for i := range n {
		for k, z := range encoded.RawRowView(i) {
			if v := c.encoder.columns[k].decode(z); math.IsNaN(v) || math.IsInf(v, 0) {
				return &Error{Column: c.encoder.Names()[k], Found: fmt.Sprintf("a generated value is %v", v), Remedy: "the model or its sampling has diverged"}
			}
		}
	}
	return nil
}

func (c *CSVWriter) header() {
	for i := range c.cells {
		if c.cells[i].levels != nil && !c.labels {
			continue
		}
		c.buf = append(appendText(c.buf, c.encoder.schema.Columns[i].Name), ',')
	}
	c.buf[len(c.buf)-1] = '\n'
}

// row appends one row. There is always a cell before the last comma, since a
// schema has at least one modelled column.
func (c *CSVWriter) row(z, label []float64) {
	for i := range c.cells {
		switch cell := &c.cells[i]; {
		case cell.scaled != nil:
			c.buf = cell.scaled.format.append(c.buf, cell.scaled.decode(z[cell.index]))
		case cell.levels == nil:
			c.buf = append(c.buf, cell.fixed...)
		case label == nil:
			continue
		default:
			if v := label[cell.index]; !math.IsNaN(v) {
				k := int(v)
				if float64(k) != v || k < 0 || k >= len(cell.levels) {
					panic("datasets: label index out of range")
				}
				c.buf = append(c.buf, cell.levels[k]...)
			}
		}
		c.buf = append(c.buf, ',')
	}
	c.buf[len(c.buf)-1] = '\n'
}

func (c *CSVWriter) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

// appendText appends a name or label, quoted when a reader would otherwise
// take it for something else.
func appendText(b []byte, s string) []byte {
	first, _ := utf8.DecodeRuneInString(s)
	if !strings.ContainsAny(s, ",\"\r\n") && first != '\ufeff' {
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
