package datasets

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"

	"tweedie/internal/npy"
	"tweedie/internal/suggest"
)

// npyWriter writes rows of numbers as an array of NumPy: float64, row by row. The numbers
// of rows stands in front, so the values are held until Close.
type npyWriter struct {
	w      io.Writer
	zipped bool // the only array of an archive
	width  int
	values []byte
	closed bool
}

// savedAs is the name of the only array of an archive, as numpy.savez calls it.
const savedAs = "arr_0"

func (w *npyWriter) add(v float64) {
	w.values = binary.LittleEndian.AppendUint64(w.values, math.Float64bits(v))
}

func (w *npyWriter) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	header := npy.Append(nil, len(w.values)/8/max(w.width, 1), w.width)
	if !w.zipped {
		return w.write(w.w, header)
	}
	z := zip.NewWriter(w.w)
	f, err := savedArray(z)
	if err == nil {
		err = w.write(f, header)
	}
	if err != nil {
		return err
	}
	return z.Close()
}

func (w *npyWriter) write(to io.Writer, header []byte) error {
	if _, err := to.Write(header); err != nil {
		return err
	}
	_, err := to.Write(w.values)
	w.values = nil
	return err
}

type npyCells struct {
	npyWriter
	meta *Metadata
	list []int
	row  int
	text []byte
}

// NewNPYCells returns a writer of an array of NumPy, float64 and row by row, with the
// columns of m in their order, or of an archive (.npz) with this array alone, called
// arr_0. Missing cells are NaN. Write errs for a column that is not of numbers; categories
// that are spelled as numbers are. The values are held until Close, eight bytes each.
// firstRow is the index of the first row: where identifiers start to count.
func NewNPYCells(w io.Writer, m *Metadata, firstRow int, archive bool) CellWriter {
	c := &npyCells{meta: m, list: m.written(), row: firstRow}
	c.npyWriter = npyWriter{w: w, zipped: archive, width: len(c.list)}
	return c
}

func (c *npyCells) Write(cells *Cells) error {
	if len(cells.columns) != len(c.meta.Columns) {
		panic("datasets: cells of another table")
	}
	for i := range cells.rows {
		for _, j := range c.list {
			v, err := c.number(cells, i, j)
			if err != nil {
				return err
			}
			c.add(v)
		}
		c.row++
	}
	return nil
}

// number is the number in a cell.
func (c *npyCells) number(cells *Cells, i, j int) (float64, error) {
	f := &c.meta.Columns[j]
	if isNumeric(f) {
		return cells.Number(i, j), nil
	}
	c.text = f.Type.column().appendText(c.text[:0], f, cells, i, j, c.row)
	return asNumber(f, string(c.text))
}

func isNumeric(f *Field) bool { return f.Type == TypeNumeric || f.Type == TypeInteger }

// asNumber reads the text of a cell for an array, which has numbers alone.
func asNumber(f *Field, text string) (float64, error) {
	if text == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, &Error{Column: f.Name, Found: suggest.Quote(text) + " is not a number", Remedy: fmt.Sprintf("write CSV or Parquet: an array of NumPy has numbers alone, and this column is of type %s", f.Type)}
	}
	return v, nil
}

// writeNumbers writes the rows of a copy as numbers.
func (c *Copy) writeNumbers(filled *Cells) error {
	o := c.o
	for i, row := range o.text {
		for k, cell := range row {
			j := o.stream.at[k]
			f := &o.stream.meta.Columns[j]
			from := o.cells
			if o.missing(i, k) {
				from, cell = filled, string(filled.AppendText(nil, i, j))
			}
			v, err := asNumber(f, cell)
			if cell == NoValue {
				v, err = math.NaN(), nil
			}
			if err != nil && isNumeric(f) { // of another spelling
				v, err = from.Number(i, j), nil
			}
			if err != nil {
				return err
			}
			c.numbers.add(v)
		}
	}
	return nil
}
