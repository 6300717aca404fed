package datasets

import "tweedie/internal/suggest"

// Type is what the cells of a column of a mixed table are.
type Type string

// The types of columns.
const (
	TypeNumeric     Type = "numeric"     // numbers with decimals
	TypeInteger     Type = "integer"     // whole numbers
	TypeCategorical Type = "categorical" // one of a list of names
	TypeBoolean     Type = "boolean"     // a categorical column of two levels: true and false, yes and no, 0 and 1
	TypeDateTime    Type = "datetime"    // dates, times or both, in one format
	TypeIdentifier  Type = "identifier"  // names a row: not modeled, dropped or numbered anew
	TypeConstant    Type = "constant"    // one value, or none: not modeled, written back
)

// types has all types in the order in which inference asks them; the last claims the rest.
var types = [...]struct {
	name   Type
	column columnType
}{
	{TypeDateTime, numberColumn{datetimeType{}}},
	{TypeIdentifier, identifierType{}},
	{TypeConstant, constantType{}},
	{TypeBoolean, levelColumn{booleanType{}}},
	{TypeCategorical, levelColumn{categoricalType{}}},
	{TypeInteger, numberColumn{integerType{}}},
	{TypeNumeric, numberColumn{numericType{}}},
}

// columnType is what a type of column does. What is known of one column is in its Field.
type columnType interface {
	storage() storage

	// claims reports whether cells of these statistics are of the type, and notes
	// in the Field why if that is in doubt. It errs when most of them are.
	claims(d *inference) (bool, error)
	// complete fills in the Field of a column of the type, by its statistics.
	complete(d *inference) error
	// invalid says what is wrong with a Field of the type, or "". See Field.invalid
	// for what is wrong with a Field of any type.
	invalid(f *Field) string
	// describe says what the values of the column are, in phrases.
	describe(f *Field) []string
	// warnings says what a user should know of the column.
	warnings(f *Field) []warning

	// parse stores cell, NoValue for a missing one, in row i and column j of c, where the
	// cell is missing before.
	parse(p *cellParser, c *Cells, i, j int, cell string) *Error
	// appendText appends the text of cell (i, j) of c, nothing for a missing one. row
	// is the index of the row in the file that is written, -1 when there is none.
	appendText(b []byte, f *Field, c *Cells, i, j, row int) []byte
	// parquet returns the type of a column of a Parquet file that was not read from one.
	parquet(f *Field) ParquetType

	// fit estimates what is encoded from column j of c.
	fit(f *Field, c *Cells, j int, o *FitOptions) error
	// unfitted says what fit has not estimated of what layout needs, or "".
	unfitted(f *Field) string
	// layout adds the blocks of a column to a codec. It is called, as are those below,
	// for columns that are stored and not conditions.
	layout(e *Codec, p *codecColumn, extrapolate bool)
	// encode stores row i of c in the positions of the column. uniform draws from the
	// uniform distribution on [0, 1).
	encode(p *codecColumn, row []float64, c *Cells, i int, uniform func() float64)
	// encodeText does so for a text that is not missing, in the middle of its interval.
	encodeText(p *codecColumn, row []float64, text string) error
	// decode stores in row i of c what row says. item is the largest of the column's
	// Category block. uniform is a function of the row and the column.
	decode(p *codecColumn, c *Cells, i, item int, row []float64, uniform func(row, column int) float64) error
}

type storage int

const (
	storesNothing storage = iota
	storesNumbers         // float32, or float64 if Field.Wide; NaN is missing
	storesLevels          // indices of levels; the number of levels is missing
)

// column returns what columns of the type do; unknown types do what constants do.
func (t Type) column() columnType {
	for k := range types {
		if types[k].name == t {
			return types[k].column
		}
	}
	return constantType{}
}

// ParseType returns the type of that name.
func ParseType(name string) (Type, error) {
	var names []string
	for k := range types {
		if string(types[k].name) == name {
			return types[k].name, nil
		}
		names = append(names, string(types[k].name))
	}
	return "", &Error{Found: "unknown type of column " + suggest.Quote(name), Remedy: suggest.Hint(name, names)}
}
