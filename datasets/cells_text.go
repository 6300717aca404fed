package datasets

import (
	"math"
	"strings"

	"tweedie/internal/suggest"
)

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
			return &Error{Column: column, Found: "is an identifier, which is not modelled", Remedy: "choose from " + suggest.List(c.meta.modeled(), 12)}
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
