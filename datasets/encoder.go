package datasets

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
)

// Encoder maps tables to the matrices that models work on, and back. Each
// numeric column that varies becomes one column of standardised values,
//
//	z = (v - mean) / std,
//
// label columns become the columns of a condition matrix, and constant columns
// vanish. An Encoder is safe for concurrent use.
type Encoder struct {
	schema  *Schema
	columns []scaled
}

// scaled is one encoded column.
type scaled struct {
	index     int // in the schema
	mean, std float64
	format    format
}

// NewEncoder returns the encoder of a valid schema, which it keeps.
func NewEncoder(s *Schema) *Encoder {
	e := &Encoder{schema: s}
	for i := range s.Columns {
		if c := &s.Columns[i]; c.modelled() {
			e.columns = append(e.columns, scaled{i, c.Mean, c.Std, newFormat(c.Decimals, c.Integer)})
		}
	}
	return e
}

// Schema returns the schema of e.
func (e *Encoder) Schema() *Schema { return e.schema }

// Dim returns the number of encoded columns.
func (e *Encoder) Dim() int { return len(e.columns) }

// Names returns the names of the encoded columns.
func (e *Encoder) Names() []string {
	names := make([]string, len(e.columns))
	for k, c := range e.columns {
		names[k] = e.schema.Columns[c.index].Name
	}
	return names
}

// Encode stores the standardised values of t in dst, n×Dim. Columns are found
// by name. It errs when a column is not there, or when a column that the
// schema holds constant has another value: such a row has no density.
func (e *Encoder) Encode(dst *mat.Dense, t *Table) error {
	checkDims(dst, t.Rows(), e.Dim())
	k := 0
	for i := range e.schema.Columns {
		s := &e.schema.Columns[i]
		if s.Kind != Numeric {
			continue
		}
		c, err := find(t, s)
		if err != nil {
			return err
		}
		if s.Constant {
			for r, v := range c.Values {
				if v != s.Min {
					return &Error{File: t.Source, Row: t.line(r), Column: s.Name, Found: strconv.FormatFloat(v, 'g', -1, 64),
						Remedy: fmt.Sprintf("the model knows no other value than %g here", s.Min)}
				}
			}
			continue
		}
		for r, v := range c.Values {
			dst.RawRowView(r)[k] = (v - s.Mean) / s.Std
		}
		k++
	}
	return nil
}

// Conditions stores the labels of t in dst, n×len(Schema.Labels()), as indices
// of the schema's levels.
func (e *Encoder) Conditions(dst *mat.Dense, t *Table) error {
	labels := e.schema.Labels()
	checkDims(dst, t.Rows(), len(labels))
	for k, name := range labels {
		c, err := find(t, e.schema.Column(name))
		if err != nil {
			return err
		}
		index := make([]float64, len(c.Levels))
		failed := make([]error, len(c.Levels)) // of levels that may not occur in any row
		for l, level := range c.Levels {
			i, err := e.schema.LabelIndex(name, level)
			index[l], failed[l] = float64(i), err
		}
		for r, v := range c.Values {
			if err := failed[int(v)]; err != nil {
				at := *err.(*Error)
				at.File, at.Row = t.Source, t.line(r)
				return &at
			}
			dst.RawRowView(r)[k] = index[int(v)]
		}
	}
	return nil
}

// find returns the column of t that s describes.
func find(t *Table, s *ColumnSchema) (*Column, error) {
	c := t.Column(s.Name)
	switch {
	case c == nil:
		names := make([]string, len(t.Columns))
		for j := range t.Columns {
			names[j] = t.Columns[j].Name
		}
		return nil, &Error{File: t.Source, Column: s.Name, Found: "this column of the model is not in the table", Remedy: didYouMean(s.Name, names)}
	case c.Kind != s.Kind:
		want := map[Kind]string{Numeric: "numbers", Label: "labels"}[s.Kind]
		return nil, &Error{File: t.Source, Column: s.Name, Found: "of another kind than the model's", Remedy: "read it as " + want}
	}
	return c, nil
}

// Decode stores in dst the values, in the units of the table, of the encoded
// rows z, both n×Dim: v = mean + std z, rounded to the decimals of the column.
// dst may be z.
func (e *Encoder) Decode(dst, z *mat.Dense) {
	n, _ := z.Dims()
	checkDims(z, n, e.Dim())
	checkDims(dst, n, e.Dim())
	for i := range n {
		to, from := dst.RawRowView(i), z.RawRowView(i)
		for k := range e.columns {
			to[k] = e.columns[k].decode(from[k])
		}
	}
}

func (c *scaled) decode(z float64) float64 { return c.format.round(c.mean + c.std*z) }

// LogDet returns Σ_j ln std_j, the log determinant of the map from encoded to
// original values. Densities in nats convert by
//
//	ln p(v) = ln p(z) - LogDet,
//
// and entropies by H(v) = H(z) + LogDet.
func (e *Encoder) LogDet() float64 {
	sum := 0.0
	for _, c := range e.columns {
		sum += math.Log(c.std)
	}
	return sum
}

func checkDims(m *mat.Dense, n, d int) {
	if r, c := m.Dims(); r != n || c != d {
		panic("datasets: size mismatch")
	}
}
