package datasets

// Field describes one column of a mixed table.
type Field struct {
	Name    string `json:"name"`
	Type    Type   `json:"type"`
	Missing int    `json:"missing,omitempty"` // number of missing cells
	Note    string `json:"note,omitempty"`    // what the reader decided and a user may want to change

	Unnamed bool         `json:"unnamed,omitempty"` // Name is made up: the header of the file has none
	Parquet *ParquetType `json:"parquet,omitempty"` // in the Parquet file that it was read from

	// Condition takes a column of levels or numbers out of the encoded rows: the model
	// is given its level, or number, from outside, and never has to generate it.
	Condition bool `json:"condition,omitempty"`

	// Numbers and dates. A date counts the units that its format resolves
	// (days, minutes, seconds) since 1970-01-01 in UTC.
	Range  *Range  `json:"range,omitempty"`  // seen, or allowed
	Digits *Digits `json:"digits,omitempty"` // after the point
	Format string  `json:"format,omitempty"` // of dates: a layout, see DateFormats
	Zone   int     `json:"zone,omitempty"`   // of dates with an offset: seconds east of UTC, at which they are written
	Style  *Style  `json:"style,omitempty"`  // of numbers; nil for plain ones

	// Categories, in increasing order: of number when all are numbers, else of name.
	Levels []Level `json:"levels,omitempty"`
	// Rest names the level that stands for all texts that are none of the others: those that
	// one row alone has, which are not kept. "" when every level is listed.
	Rest string `json:"rest,omitempty"`
	// Of very many levels, how they are encoded; nil for a position each.
	Clustering *Clustering `json:"code,omitempty"`

	// Identifiers: Sequence numbers rows anew, otherwise the column is dropped.
	Sequence *Sequence `json:"sequence,omitempty"`

	// Constants: the text of every cell. Missing tells a column without any value
	// from one of empty texts.
	Value string `json:"value,omitempty"`

	// What Fit estimates, of numbers and dates.
	Atoms []Atom     `json:"atoms,omitempty"` // frequent single values, each a level of its own
	Map   *Transform `json:"map,omitempty"`   // of the other values to the standard normal
	Grid  *Grid      `json:"grid,omitempty"`  // of the other values; nil for all that Digits allow, and kept by Fit if it is set

	// The column that this one is a function of, found by Fit; nil for none.
	Follows *Follows `json:"follows,omitempty"`

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

// Sequence says how an identifier is numbered: Prefix followed by First + row, with zeros
// in front to Width digits, and Suffix. Infer has First after the largest number of the
// rows, so that no new key is a real one.
type Sequence struct {
	Prefix string `json:"prefix,omitempty"`
	First  int    `json:"first"`
	Width  int    `json:"width,omitempty"`
	Suffix string `json:"suffix,omitempty"`
}

// isEmpty reports whether a constant has no value in any row.
func (f *Field) isEmpty() bool { return f.Value == "" && (f.Missing > 0 || f.Parquet == nil) }

// IsNumber reports whether the cells of the column are numbers or dates, which
// Cells.Number returns.
func (f *Field) IsNumber() bool { return f.Type.column().storage() == storesNumbers }

// HasLevels reports whether the cells of the column are levels, which Cells.Level
// returns: whether the column is categorical or boolean.
func (f *Field) HasLevels() bool { return f.Type.column().storage() == storesLevels }

// Modeled reports whether the column has cells that a model generates or is given:
// whether IsNumber or HasLevels. Identifiers and constants are not modeled.
func (f *Field) Modeled() bool { return f.Type.column().storage() != storesNothing }

// Step returns the distance between neighboring values of the column, which is
// the width of the interval that is rounded to one of them: 10^-Digits.Max for
// numbers and times in seconds, 1 for whole numbers and other dates, and Grid.Step
// where there is a Grid, whose neighbors may be farther apart. It is 0
// when values are not rounded, and when they are not numbers.
func (f *Field) Step() float64 {
	if f.Digits == nil || f.Digits.Max == Shortest {
		return 0
	}
	if f.Grid != nil {
		return f.Grid.Step
	}
	form := f.decimal()
	if form.integer {
		return 1
	}
	return 1 / form.pow
}

// Unround makes a column of numbers keep all digits of the cells that are read
// with it, an integer column by becoming numeric. Atoms, map and grid are removed. Dates
// and columns without numbers stay as they are.
func (f *Field) Unround() {
	if f.Type == TypeNumeric || f.Type == TypeInteger {
		f.Type, f.Wide = TypeNumeric, true
		f.Digits = &Digits{Max: Shortest}
		f.Atoms, f.Map, f.Grid = nil, nil, nil
	}
}

func (f *Field) decimal() decimal {
	form := newDecimal(0, true)
	if f.Digits != nil {
		form = newDecimal(f.Digits.Max, f.Digits.Max == 0 || f.Type == TypeInteger)
	}
	if f.Type == TypeDateTime {
		form.date = f.date()
	}
	return form
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
