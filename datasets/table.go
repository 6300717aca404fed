package datasets

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/suggest"
)

// Kind is what the values of a column mean.
type Kind int

// The kinds of columns.
const (
	Numeric Kind = iota + 1 // a number: modelled
	Label                   // one of a list of names: conditioned on
)

// Shortest, as the number of decimals of a column, stands for as many digits
// as identify each value: such columns are not rounded.
const Shortest = -1

// Column is one column of a Table.
type Column struct {
	Name     string
	Kind     Kind
	Decimals int       // most digits after the point shown in any cell, 0 to 15, or Shortest
	Integer  bool      // every value is a whole number
	Values   []float64 // one per row: the number, or the index of the label in Levels
	Levels   []string  // labels in increasing order; nil for numbers
}

// Table is a set of named columns of equal length, without missing cells.
// Tables are not modified by this package once made, so they may be shared.
type Table struct {
	Source  string // where the table comes from, for messages
	Columns []Column
	lines   []int // line of each row in the source; nil when it has none
}

// NewTable returns the table of the given columns, which it keeps. It errs
// when they do not make one: no column, no row, lengths that differ, names
// empty or repeated, a number that is not finite, a label without its level.
func NewTable(source string, columns []Column) (*Table, error) {
	names := make([]string, len(columns))
	for j := range columns {
		names[j] = columns[j].Name
	}
	if err := checkNames(source, 0, names); err != nil {
		return nil, err
	}
	t := &Table{Source: source, Columns: columns}
	for j := range columns {
		c := &columns[j]
		fail := func(row int, found, remedy string) (*Table, error) {
			return nil, &Error{File: source, Row: row, Column: c.Name, Found: found, Remedy: remedy}
		}
		if len(c.Values) != t.Rows() || len(c.Values) == 0 {
			return fail(0, fmt.Sprintf("%d values", len(c.Values)), fmt.Sprintf("give as many as the first column has (%d), at least one", t.Rows()))
		}
		if c.Kind != Numeric && c.Kind != Label {
			return fail(0, fmt.Sprintf("unknown kind %d", c.Kind), "use Numeric or Label")
		}
		for i, v := range c.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fail(i+1, fmt.Sprint(v), "give finite numbers")
			}
			if c.Kind == Label && (v < 0 || v >= float64(len(c.Levels)) || v != math.Trunc(v)) {
				return fail(i+1, fmt.Sprintf("level %v of %d", v, len(c.Levels)), "give indices of Levels")
			}
		}
	}
	return t, nil
}

// FromDense returns the table whose numeric columns are those of x, copied and
// never rounded.
func FromDense(source string, names []string, x *mat.Dense) (*Table, error) {
	n, d := x.Dims()
	if len(names) != d {
		panic("datasets: one name per column is needed")
	}
	columns := make([]Column, d)
	for j, name := range names {
		columns[j] = Column{Name: name, Kind: Numeric, Decimals: Shortest, Values: mat.Col(make([]float64, n), j, x)}
	}
	return NewTable(source, columns)
}

// Rows returns the number of rows.
func (t *Table) Rows() int {
	if len(t.Columns) == 0 {
		return 0
	}
	return len(t.Columns[0].Values)
}

// Column returns the column called name, or nil.
func (t *Table) Column(name string) *Column {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Columns[i]
}

// Subset returns the rows idx, in that order, copied. Levels are kept even
// where no row has them, so that indices mean the same in every subset.
func (t *Table) Subset(idx []int) *Table {
	s := &Table{Source: t.Source, Columns: slices.Clone(t.Columns)}
	for j := range s.Columns {
		values := make([]float64, len(idx))
		for k, i := range idx {
			values[k] = t.Columns[j].Values[i]
		}
		s.Columns[j].Values = values
	}
	s.lines = make([]int, len(idx))
	for k, i := range idx {
		s.lines[k] = t.line(i)
	}
	return s
}

// line returns the line of row i in the source: what an Error calls its Row.
func (t *Table) line(i int) int {
	if t.lines == nil {
		return i + 1
	}
	return t.lines[i]
}

// checkNames errs unless names are a proper header.
func checkNames(file string, row int, names []string) error {
	if len(names) == 0 {
		return &Error{File: file, Row: row, Found: "no columns", Remedy: "give at least one"}
	}
	seen := make(map[string]int, len(names))
	for j, name := range names {
		if name == "" {
			return &Error{File: file, Row: row, Found: fmt.Sprintf("the name of column %d is empty", j+1), Remedy: "name every column in the header"}
		}
		if k, twice := seen[name]; twice {
			return &Error{File: file, Row: row, Column: name, Found: fmt.Sprintf("columns %d and %d have the same name", k+1, j+1), Remedy: "rename one"}
		}
		seen[name] = j
	}
	return nil
}

// didYouMean is the remedy for an unknown column or level.
func didYouMean(word string, names []string) string {
	list := "choose from " + suggest.List(names, 12)
	if near, ok := suggest.Nearest(word, names); ok {
		return "did you mean " + suggest.Quote(near) + "? " + list
	}
	return list
}
