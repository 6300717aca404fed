package datasets

import (
	"slices"

	"tweedie/internal/suggest"
)

// SchemaVersion is the version of the schemas that this package writes.
const SchemaVersion = 1

// Schema is what a model must remember of its table: enough to encode other
// rows as it was trained, and to write generated rows as its file was written.
// It is part of a model file, as JSON; numbers survive it exactly.
type Schema struct {
	Version int            `json:"version"`
	Rows    int            `json:"rows"`    // rows that it was estimated from
	Columns []ColumnSchema `json:"columns"` // all of them, in the order of the file
}

// ColumnSchema describes one column. Statistics are of numeric columns, Levels
// of label columns.
type ColumnSchema struct {
	Name     string  `json:"name"`
	Kind     Kind    `json:"kind"`
	Decimals int     `json:"decimals,omitempty"` // see Column
	Integer  bool    `json:"integer,omitempty"`
	Min      float64 `json:"min,omitempty"`
	Max      float64 `json:"max,omitempty"`
	Mean     float64 `json:"mean,omitempty"`
	Std      float64 `json:"std,omitempty"`      // standard deviation, of n and not n-1; 0 when constant
	Distinct int     `json:"distinct,omitempty"` // number of different values
	Constant bool    `json:"constant,omitempty"` // one value (Min): not modelled, written back as it was
	Atom     *Atom   `json:"atom,omitempty"`     // nil for most
	Levels   []Level `json:"levels,omitempty"`   // in increasing order of Name
}

// Atom is a single value that an otherwise continuous column often takes: the
// zeros of a zero-inflated column, the cap of a censored one. A density model
// smears it.
type Atom struct {
	Value float64 `json:"value"`
	Share float64 `json:"share"` // of the rows
}

// Level is one label of a column.
type Level struct {
	Name  string `json:"name"`
	Count int    `json:"count"` // rows that have it
	// Grouped levels of a mixed table share one position of the encoding;
	// among them it is drawn by Count.
	Grouped bool `json:"grouped,omitempty"`
}

// NewSchema estimates the schema of t. It errs when there is nothing to model:
// no numeric column, none that varies, or one whose spread is beyond a float64.
//
// Estimate it from all rows and split afterwards: a column that is constant in
// one part only would otherwise not encode the other.
func NewSchema(t *Table) (*Schema, error) {
	s := &Schema{Version: SchemaVersion, Rows: t.Rows(), Columns: make([]ColumnSchema, len(t.Columns))}
	for j := range t.Columns {
		c := &t.Columns[j]
		s.Columns[j] = ColumnSchema{Name: c.Name, Kind: c.Kind}
		if c.Kind == Label {
			s.Columns[j].Levels = countLevels(c)
			continue
		}
		if err := s.Columns[j].estimate(c); err != nil {
			err.File = t.Source
			return nil, err
		}
	}
	if s.numeric() == 0 {
		return nil, &Error{File: t.Source, Found: "no numeric column is left", Remedy: "name fewer columns with --condition"}
	}
	if s.Dim() == 0 {
		return nil, &Error{File: t.Source, Found: "every numeric column is constant", Remedy: "give a table whose rows differ"}
	}
	return s, nil
}

func countLevels(c *Column) []Level {
	levels := make([]Level, len(c.Levels))
	for k, name := range c.Levels {
		levels[k].Name = name
	}
	for _, v := range c.Values {
		levels[int(v)].Count++
	}
	return levels
}

// Dim returns the number of encoded columns: numeric ones that vary.
func (s *Schema) Dim() int {
	n := 0
	for i := range s.Columns {
		if s.Columns[i].modelled() {
			n++
		}
	}
	return n
}

// Labels returns the names of the label columns, in order: the columns of the
// condition matrix.
func (s *Schema) Labels() []string {
	var names []string
	for _, c := range s.Columns {
		if c.Kind == Label {
			names = append(names, c.Name)
		}
	}
	return names
}

// Column returns the column called name, or nil.
func (s *Schema) Column(name string) *ColumnSchema {
	i := slices.IndexFunc(s.Columns, func(c ColumnSchema) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Columns[i]
}

// LabelIndex returns the index of a label among the levels of its column: the
// number that stands for it in a condition matrix. The error for an unknown
// column or label suggests the nearest known one.
func (s *Schema) LabelIndex(column, label string) (int, error) {
	c := s.Column(column)
	if c == nil || c.Kind != Label {
		found := "no such label column"
		if c != nil {
			found = "is numeric, not a label column"
		}
		labels := s.Labels()
		if len(labels) == 0 {
			return 0, &Error{Column: column, Found: found, Remedy: "the model has no conditions: train with --condition"}
		}
		return 0, &Error{Column: column, Found: found, Remedy: didYouMean(column, labels)}
	}
	k, ok := slices.BinarySearchFunc(c.Levels, label, func(l Level, name string) int {
		switch {
		case l.Name < name:
			return -1
		case l.Name > name:
			return 1
		}
		return 0
	})
	if !ok {
		names := make([]string, len(c.Levels))
		for i, l := range c.Levels {
			names[i] = l.Name
		}
		return 0, &Error{Column: column, Found: "unknown label " + suggest.Quote(label), Remedy: didYouMean(label, names)}
	}
	return k, nil
}

func (c *ColumnSchema) modelled() bool { return c.Kind == Numeric && !c.Constant }

func (s *Schema) numeric() int {
	n := 0
	for i := range s.Columns {
		if s.Columns[i].Kind == Numeric {
			n++
		}
	}
	return n
}

// match errs unless names are those of the schema's columns, in any order.
func (s *Schema) match(file string, names []string) error {
	known := make(map[string]bool, len(s.Columns))
	list := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		known[c.Name], list[i] = true, c.Name
	}
	for _, name := range names {
		if !known[name] {
			return &Error{File: file, Column: name, Found: "the model does not know this column", Remedy: "remove it; " + didYouMean(name, list)}
		}
		delete(known, name)
	}
	for _, name := range list {
		if known[name] {
			return &Error{File: file, Column: name, Found: "this column of the model is not in the header", Remedy: "add it"}
		}
	}
	return nil
}
