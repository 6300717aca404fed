package spec

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// rowText writes encoded rows as lines of CSV, in units of the table, and reads them.
type rowText struct {
	codec   *datasets.Codec
	columns []textColumn
}

// textColumn is a column that is written.
type textColumn struct {
	index   int // in the metadata
	name    string
	number  int            // position of its number, -1 for text
	levels  datasets.Block // that say whether the number counts; of no length where it always does
	encoded bool
}

func newRowText(c *datasets.Codec) *rowText {
	r := &rowText{codec: c}
	for j := range c.Metadata().Columns {
		f := &c.Metadata().Columns[j]
		if f.Type == datasets.TypeIdentifier || f.Condition {
			continue
		}
		col := textColumn{index: j, name: f.Name, number: -1, encoded: f.Modeled()}
		if f.Modeled() && f.IsNumber() && f.Type != datasets.TypeDateTime {
			at, present, err := c.Number(f.Name)
			if err == nil {
				col.number = at
			}
			for _, b := range c.Blocks() {
				if err == nil && present >= 0 && b.Start == present {
					col.levels = b
				}
			}
		}
		r.columns = append(r.columns, col)
	}
	return r
}

// header is the line of names. It errs on names that one line cannot hold.
func (r *rowText) header() (string, error) {
	names := make([]string, len(r.columns))
	for k, c := range r.columns {
		if names[k] = c.name; strings.ContainsAny(c.name, "\r\n") {
			return "", fmt.Errorf("column %q: a command cannot be sent a name of several lines: rename it", c.name)
		}
	}
	return csvLine(names), nil
}

// csvLine joins cells, quoted where they must be.
func csvLine(cells []string) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(cells) // to memory
	w.Flush()
	return strings.TrimRight(b.String(), "\r\n")
}

// lines are the rows of x. Each is a function of its row alone: also a level that is one
// of a group, which stands for the group in all rows.
func (r *rowText) lines(x *mat.Dense) ([]string, error) {
	n, d := x.Dims()
	lines, cells := make([]string, n), datasets.NewCells(r.codec.Metadata(), 1)
	text := make([]string, len(r.columns))
	for i := range n {
		row := x.RawRowView(i)
		if err := r.codec.Decode(cells, x.Slice(i, i+1, 0, d).(*mat.Dense), datasets.Decoding{}); err != nil {
			return nil, err
		}
		for k, c := range r.columns {
			if c.isNumber(row) {
				v, _ := r.codec.ToValue(c.number, row[c.number])
				text[k] = strconv.FormatFloat(v, 'g', -1, 64)
				continue
			}
			text[k] = strings.Map(oneLine, string(cells.AppendText(nil, 0, c.index)))
		}
		lines[i] = csvLine(text)
	}
	return lines, nil
}

func oneLine(c rune) rune {
	if c == '\n' || c == '\r' {
		return ' '
	}
	return c
}

// isNumber reports whether the cell of an encoded row is a number that is not an atom.
func (c *textColumn) isNumber(row []float64) bool {
	if c.number < 0 {
		return false
	}
	for k := range c.levels.Len {
		if row[c.levels.Start+k] > row[c.levels.Start] {
			return false
		}
	}
	return true
}

// encode stores a line of cells in row.
func (r *rowText) encode(row []float64, line []byte) error {
	read := csv.NewReader(bytes.NewReader(line))
	read.TrimLeadingSpace = true
	cells, err := read.Read()
	if err != nil {
		return errors.New("the answer is no row of CSV")
	}
	if len(cells) != len(r.columns) {
		return fmt.Errorf("%d cells in the answer, want %d: a row of the table", len(cells), len(r.columns))
	}
	for k, c := range r.columns {
		switch {
		case !c.encoded:
		case c.number >= 0 && c.levels.Len == 0:
			v, err := strconv.ParseFloat(strings.TrimSpace(cells[k]), 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("column %q: %q in the answer is no finite number", c.name, cells[k])
			}
			row[c.number] = r.codec.FromValue(c.number, v)
		default:
			if err := r.codec.EncodeCell(row, c.name, strings.TrimSpace(cells[k])); err != nil {
				return err
			}
		}
	}
	for _, v := range row {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("a cell of the answer has no value, or is out of the range of its column")
		}
	}
	return nil
}
