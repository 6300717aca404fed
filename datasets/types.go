package datasets

import (
	"tweedie/internal/suggest"
)

// Type is what the cells of a column of a mixed table are.
type Type string

// The types of columns.
const (
	TypeNumeric     Type = "numeric"     // numbers with decimals
	TypeInteger     Type = "integer"     // whole numbers
	TypeCategorical Type = "categorical" // one of a list of names
	TypeBoolean     Type = "boolean"     // a categorical column of two levels: true and false, yes and no, 0 and 1
	TypeDateTime    Type = "datetime"    // dates, times or both, in one format
	TypeIdentifier  Type = "identifier"  // names a row: not modelled, dropped or numbered anew
	TypeConstant    Type = "constant"    // one value, or none: not modelled, written back
)

// Types lists all types.
var types = []string{
	string(TypeNumeric), string(TypeInteger), string(TypeCategorical), string(TypeBoolean),
	string(TypeDateTime), string(TypeIdentifier), string(TypeConstant),
}

// ParseType returns the type of that name.
func ParseType(name string) (Type, error) {
	for _, t := range types {
		if t == name {
			return Type(t), nil
		}
	}
	return "", &Error{Found: "unknown type of column " + suggest.Quote(name), Remedy: didYouMean(name, types)}
}

// isNumber reports whether cells of the type are held as numbers.
func (t Type) isNumber() bool { return t == TypeNumeric || t == TypeInteger || t == TypeDateTime }

// isCategory reports whether cells of the type are held as indices of levels.
func (t Type) isCategory() bool { return t == TypeCategorical || t == TypeBoolean }

// DefaultMissing lists the spellings, in any case, of a cell without a value.
// Metadata.Missing replaces the list; an empty cell is missing always.
func DefaultMissing() []string {
	return []string{"", "NA", "N/A", "#N/A", "<NA>", "NaN", "null", "?"}
}

// Metadata describes the columns of a mixed table. Infer estimates it, Fit
// completes it, and between the two it may be edited, as JSON too: see
// InferOptions.Metadata. It is part of a model file; numbers survive exactly.
type Metadata struct {
	Version int      `json:"version"`
	Rows    int      `json:"rows"`    // rows that it was estimated from
	Missing []string `json:"missing"` // spellings of a missing cell, in any case
	Columns []Field  `json:"columns"` // all of them, in the order of the file
}

// MetadataVersion is the version of the metadata that this package writes.
const MetadataVersion = 1

// Field describes one column of a mixed table.
type Field struct {
	Name    string `json:"name"`
	Type    Type   `json:"type"`
	Missing int    `json:"missing,omitempty"` // number of missing cells
	Note    string `json:"note,omitempty"`    // what the reader decided and a user may want to change

	// Condition takes a categorical column out of the encoded rows: the model
	// is given its level from outside, and never has to generate it.
	Condition bool `json:"condition,omitempty"`

	// Numbers and dates. A date counts the units that its format resolves
	// (days, minutes, seconds) since 1970-01-01 in UTC.
	Range  *Range  `json:"range,omitempty"`  // seen, or allowed
	Digits *Digits `json:"digits,omitempty"` // after the point
	Format string  `json:"format,omitempty"` // of dates: a layout of package time

	// Categories, in increasing order: of number when all are numbers, else of name.
	Levels []Level `json:"levels,omitempty"`
	// Of very many levels, how they are encoded; nil for a position each.
	Code *Code `json:"code,omitempty"`

	// Identifiers: Sequence numbers rows anew, otherwise the column is dropped.
	Sequence *Sequence `json:"sequence,omitempty"`

	// Constants: the text of every cell, "" for a column without any value.
	Value string `json:"value,omitempty"`

	// What Fit estimates, of numbers and dates.
	Atoms []Atom     `json:"atoms,omitempty"` // frequent single values, each a level of its own
	Map   *Transform `json:"map,omitempty"`   // of the other values to the standard normal

	// float64 where float32 would lose digits; found anew by Infer.
	Wide bool `json:"wide,omitempty"`
}

// Range is a closed interval.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Digits is the number of digits after the point: each cell shows as many as
// it needs between Min and Max. Max is Shortest for numbers that are not
// rounded.
type Digits struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// Sequence says how an identifier is numbered: Prefix followed by First + row,
// with zeros in front to Width digits.
type Sequence struct {
	Prefix string `json:"prefix,omitempty"`
	First  int    `json:"first"`
	Width  int    `json:"width,omitempty"`
}

// Field returns the column called name, or nil.
func (m *Metadata) Field(name string) *Field {
	for j := range m.Columns {
		if m.Columns[j].Name == name {
			return &m.Columns[j]
		}
	}
	return nil
}

// names returns the names of the columns.
func (m *Metadata) names() []string {
	names := make([]string, len(m.Columns))
	for j := range m.Columns {
		names[j] = m.Columns[j].Name
	}
	return names
}

// Step returns the distance between neighboring values of the column, which is
// the width of the interval that is rounded to one of them: 10^-Digits.Max for
// numbers and times in seconds, 1 for whole numbers and other dates. It is 0
// when values are not rounded, and when they are not numbers.
func (f *Field) Step() float64 {
	if f.Digits == nil || f.Digits.Max == Shortest {
		return 0
	}
	if f.Type == TypeInteger {
		return 1
	}
	return 1 / newFormat(f.Digits.Max, false).pow
}

// number is the form of the column's numbers.
func (f *Field) number() format {
	if f.Digits == nil {
		return newFormat(0, true)
	}
	return newFormat(f.Digits.Max, f.Digits.Max == 0 || f.Type == TypeInteger)
}

// Atom is a single value that a column of numbers often takes: the zeros of a
// zero-inflated column, the cap of a censored one, the usual amounts of a
// payment. Field.Atoms has those of a column, in increasing order.
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
