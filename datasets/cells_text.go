package datasets

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

// appendNumber appends the text of a number or date of the column.
func (f *Field) appendNumber(b []byte, form format, v float64) []byte {
	if f.Type == TypeDateTime {
		return appendDate(b, f.Format, f.Digits.Max, v)
	}
	start := len(b)
	b = form.append(b, v)
	if f.Digits.Max <= f.Digits.Min {
		return b
	}
	point := slices.Index(b[start:], '.')
	if point < 0 || slices.Contains(b[start:], 'e') {
		return b
	}
	least := start + point + 1 + f.Digits.Min
	for len(b) > least && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

// append appends the identifier of a row.
func (s *Sequence) append(b []byte, row int) []byte {
	b = append(b, s.Prefix...)
	digits := strconv.Itoa(s.First + row)
	for k := len(digits); k < s.Width; k++ {
		b = append(b, '0')
	}
	return append(b, digits...)
}

// SetText stores in row i the cell of a column that the text means, as
// ReadCells would read it. It errs when the column or the category is not
// known, suggesting the nearest, when the text is not of the column's type,
// and when the column has no cells because it is an identifier.
func (c *Cells) SetText(i int, column, text string) error {
	for j := range c.meta.Columns {
		f := &c.meta.Columns[j]
		if f.Name != column {
			continue
		}
		if f.Type == TypeIdentifier {
			return &Error{Column: column, Found: "is an identifier, which is not modelled", Remedy: "choose from " + suggest.List(c.meta.modelled(), 12)}
		}
		p := newCellParser(f, missingSet(c.meta.Missing))
		if err := p.parse(c, i, j, strings.TrimSpace(text)); err != nil {
			return err
		}
		if p.gaps > 0 {
			c.clear(i, j)
		}
		return nil
	}
	return &Error{Column: column, Found: "no such column", Remedy: didYouMean(column, c.meta.modelled())}
}

// clear makes a cell missing.
func (c *Cells) clear(i, j int) {
	switch f := &c.meta.Columns[j]; {
	case f.Type.isNumber():
		c.SetNumber(i, j, math.NaN())
	case f.Type.isCategory():
		c.SetLevel(i, j, -1)
	}
}

// modelled returns the names of the columns that have blocks.
func (m *Metadata) modelled() []string {
	var names []string
	for _, f := range m.Columns {
		if f.Type.isNumber() || f.Type.isCategory() {
			names = append(names, f.Name)
		}
	}
	return names
}

// AppendText appends the text of the cell in row i of column j, nothing when
// it is missing or an identifier.
func (c *Cells) AppendText(b []byte, i, j int) []byte {
	switch f := &c.meta.Columns[j]; {
	case f.Type.isNumber():
		if v := c.Number(i, j); v == v {
			b = f.appendNumber(b, c.formats[j], v)
		}
	case f.Type.isCategory():
		if k := c.Level(i, j); k >= 0 {
			b = append(b, f.Levels[k].Name...)
		}
	case f.Type == TypeConstant:
		b = append(b, f.Value...)
	}
	return b
}
