package datasets

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/suggest"
)

// SetConditions makes the columns called names conditions, and no others: see
// Field.Condition. It errs when there is no such column, and when one has neither
// levels nor numbers, or has missing cells.
func (m *Metadata) SetConditions(names []string) error {
	for j := range m.Columns {
		m.Columns[j].Condition = false
	}
	for _, name := range names {
		f := m.Field(name)
		switch {
		case f == nil:
			return &Error{Column: name, Found: "no such column to condition on", Remedy: suggest.Hint(name, m.Names())}
		case !f.Modeled():
			return &Error{Column: name, Found: "is " + string(f.Type) + ", and a condition is categorical or a number", Remedy: "declare it categorical"}
		case f.Missing > 0:
			return &Error{Column: name, Found: "a condition with missing cells", Remedy: "leave it among the columns, any of which can be given"}
		}
		f.Condition = true
	}
	return nil
}

// Conditions returns the columns that are conditions, in order.
func (m *Metadata) Conditions() []*Field {
	var list []*Field
	for _, j := range m.conditions() {
		list = append(list, &m.Columns[j])
	}
	return list
}

func (m *Metadata) conditions() []int {
	return m.indices(func(f *Field) bool { return f.Condition })
}

// EncodeConditions stores the levels of the conditions in rows idx of c, all
// when idx is nil, or their numbers in units of the table, in dst,
// len(idx)×len(Conditions), NaN for a missing cell.
func (e *Codec) EncodeConditions(dst *mat.Dense, c *Cells, idx []int) {
	columns := e.meta.conditions()
	n := c.rows
	if idx != nil {
		n = len(idx)
	}
	checkDims(dst, n, len(columns))
	for r := range n {
		i := r
		if idx != nil {
			i = idx[r]
		}
		for k, j := range columns {
			dst.Set(r, k, c.value(i, j))
		}
	}
}

// SetConditions stores conditions, as EncodeConditions returns them, in the rows
// of c.
func (e *Codec) SetConditions(c *Cells, from *mat.Dense) {
	for k, j := range e.meta.conditions() {
		for i := range c.rows {
			c.setValue(i, j, from.At(i, k))
		}
	}
}

// EncodeCell encodes one cell, given as text, at its positions of an encoded
// row, and leaves the others alone. A number stands for the middle of its
// cell. It errs when the column is not encoded, and when the text is not one of
// its values.
func (e *Codec) EncodeCell(row []float64, column, text string) error {
	p, err := e.column(column)
	if err != nil {
		return err
	}
	if isMissingCell(text, e.meta.missingText()) && !p.field.hasLevel(text) {
		if p.missing < 0 {
			return &Error{Column: column, Found: "a missing cell, of which the column had none", Remedy: "give a value"}
		}
		p.hot(row, p.missing)
		if p.number >= 0 {
			row[p.number] = math.NaN()
		}
		return nil
	}
	return p.column.encodeText(p, row, text)
}

// Mark sets those of the Dim positions of dst that are 1 in rows with a level of a
// categorical column, -1 for a missing cell: one in each of its blocks, none for a
// missing cell in a column that had none. It panics when the column has no levels
// that are encoded, or no such level.
func (e *Codec) Mark(dst []bool, column string, level int) {
	p, err := e.column(column)
	if err != nil || p.number >= 0 || level < -1 || level >= len(p.position) {
		panic("datasets: no such level is encoded")
	}
	if len(dst) != e.dim {
		panic("datasets: size mismatch")
	}
	item := p.missing
	if level >= 0 {
		item = p.position[level]
	}
	if item < 0 {
		return
	}
	first, second := p.at(item)
	dst[first] = true
	if second >= 0 {
		dst[second] = true
	}
}

func (e *Codec) column(name string) (*codecColumn, error) {
	names := make([]string, 0, len(e.columns))
	for k := range e.columns {
		if e.columns[k].field.Name == name {
			return &e.columns[k], nil
		}
		names = append(names, e.columns[k].field.Name)
	}
	if f := e.meta.Field(name); f != nil {
		return nil, &Error{Column: name, Found: "is " + string(f.Type) + ", which the model does not generate", Remedy: "name one of " + suggest.List(names, 10)}
	}
	return nil, &Error{Column: name, Found: "no such column", Remedy: suggest.Hint(name, names)}
}

// Spans returns, for each encoded column, where its blocks start and end, that of
// a flag before that of the number that it announces, that of clusters before
// that of their members.
func (e *Codec) Spans() [][][2]int {
	var spans [][][2]int
	for k := range e.columns {
		var s [][2]int
		if p := &e.columns[k]; p.clusters != nil {
			cut := p.category + p.clusters.firsts
			s = append(s, [2]int{p.category, cut}, [2]int{cut, p.category + p.levels})
		} else if p.category >= 0 {
			s = append(s, [2]int{p.category, p.category + p.levels})
		}
		if p := &e.columns[k]; p.number >= 0 {
			s = append(s, [2]int{p.number, p.number + 1})
		}
		spans = append(spans, s)
	}
	return spans
}

// Affine returns the map of the number at a position, if it is affine: the value
// in units of the table is mean + std z.
func (e *Codec) Affine(position int) (mean, std float64, ok bool) {
	p := e.numberAt(position)
	t := p.field.Map
	return t.Mean, t.Std, t.X == nil && !p.uneven()
}
