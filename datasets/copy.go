package datasets

import (
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Copy writes the rows of an Original: known cells, identifiers among them, as they are
// in its file, and missing cells filled. Columns keep their order. Several copies may
// have one original.
type Copy struct {
	o       *Original
	w       io.Writer
	buf     []byte
	begun   bool // the header is written
	rows    *parquetRows
	columns []parquetColumn // those that are filled
	numbers *npyWriter
}

// NewCopy returns a copy that is written to w, in the format that o was opened for.
func (o *Original) NewCopy(w io.Writer) *Copy {
	c := &Copy{o: o, w: w}
	switch o.format {
	case CSV:
		return c
	case NPY, NPZ:
		c.numbers = &npyWriter{w: w, zipped: o.format == NPZ, width: len(o.header)}
		return c
	}
	for k, j := range o.stream.at {
		column := newParquetColumn(&o.stream.meta.Columns[j], j, o.types[k])
		column.name = o.header[k]
		c.columns = append(c.columns, column)
	}
	c.rows = &parquetRows{}
	c.rows.open(w, c.columns, o.extra)
	return c
}

// Write writes the block of the original, with its missing cells taken from filled,
// which has the same rows. A cell that filled lacks stays as it is. It panics when the
// numbers of rows differ.
func (c *Copy) Write(filled *Cells) error {
	if filled.rows != c.o.cells.rows {
		panic("datasets: size mismatch")
	}
	if c.rows != nil {
		return c.writeValues(filled)
	}
	if c.numbers != nil {
		return c.writeNumbers(filled)
	}
	c.buf = c.buf[:0]
	c.writeHeader()
	for i, row := range c.o.text {
		start := len(c.buf)
		for k, cell := range row {
			if c.o.missing(i, k) {
				if text := filled.AppendText(nil, i, c.o.stream.at[k]); len(text) > 0 {
					cell = string(text)
				}
			}
			switch {
			case cell == NoValue:
				cell = ""
			case c.o.isParquet && c.o.written(k) && !c.o.missing(i, k):
				cell = string(c.o.cells.AppendText(nil, i, c.o.stream.at[k]))
			}
			c.buf = append(appendText(c.buf, cell), ',')
		}
		c.buf = endLine(c.buf, start)
	}
	return c.flush()
}

func (c *Copy) writeHeader() {
	if c.begun {
		return
	}
	c.begun = true
	start := len(c.buf)
	for _, name := range c.o.header {
		c.buf = append(appendText(c.buf, name), ',')
	}
	c.buf = endLine(c.buf, start)
}

func (c *Copy) flush() error {
	_, err := c.w.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

// Close ends the file. The io.Writer below stays open.
func (c *Copy) Close() error {
	if c.rows != nil {
		return c.rows.Close()
	}
	if c.numbers != nil {
		return c.numbers.Close()
	}
	c.buf = c.buf[:0]
	c.writeHeader()
	return c.flush()
}

func (c *Copy) writeValues(filled *Cells) error {
	for i := range filled.rows {
		row := c.rows.next()
		for k := range c.columns {
			v, err := c.value(filled, i, k)
			if err != nil {
				return err
			}
			c.rows.set(row, k, v)
		}
		if err := c.rows.written(); err != nil {
			return err
		}
	}
	return c.rows.flush()
}

// value returns the value of column k of row i.
func (c *Copy) value(filled *Cells, i, k int) (v parquet.Value, err error) {
	o := c.o
	f := &o.stream.meta.Columns[o.stream.at[k]]
	if o.missing(i, k) && f.Type != TypeIdentifier {
		if v, err = c.columns[k].value(filled, i, -1); err != nil || !v.IsNull() {
			return v, err
		}
	}
	if o.from != nil {
		return o.rows[i][k], nil
	}
	if o.missing(i, k) {
		return parquet.NullValue(), nil
	}
	text := strings.TrimSpace(o.text[i][k])
	if v, ok := o.types[k].of(f, text); ok {
		return v, nil
	}
	return v, o.types[k].unfit(f.Name, text)
}

// of returns the value of a text of column f.
func (t *ParquetType) of(f *Field, text string) (v parquet.Value, ok bool) {
	if f.Type != TypeDateTime {
		if v, ok = t.parse(text); ok {
			return v, true
		}
	}
	if n, is := f.Type.column().(numberColumn); is {
		if x, _, err := n.read(f, f.decimal(), text, false); err == nil {
			return t.numbers(f)(x)
		}
	}
	return v, false
}
