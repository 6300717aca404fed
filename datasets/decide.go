package datasets

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

// Values are rounded to their digits, and so restored exactly, up to maxUnits
// units of the last digit and a range of maxSteps of them: beyond that the
// rounding errors of encoding and decoding are too near to a unit.
const (
	maxUnits = 1 << 42
	maxSteps = 1 << 40
)

// decision turns the tally of one column into its Field.
type decision struct {
	o    *InferOptions
	t    *tally
	f    *Field
	file string
	like *Field // what the metadata given says of the column, or nil
	late bool   // the levels must be counted in another pass
}

func (d *decision) fail(s sighting, found, remedy string) error {
	return &Error{File: d.file, Row: s.line, Column: d.f.Name, Found: found, Remedy: remedy}
}

func (d *decision) run() error {
	if d.o.Metadata != nil {
		d.like = d.o.Metadata.Field(d.f.Name)
	}
	want := d.o.Types[d.f.Name]
	if want == "" && d.o.Formats[d.f.Name] != "" {
		want = TypeDateTime
	}
	if d.like != nil {
		if want == "" {
			want = d.like.Type
		}
		if want != d.like.Type {
			d.like = nil
		} else {
			d.f.Note = d.like.Note
		}
	}
	if want == "" {
		var err error
		if want, err = d.guess(); err != nil {
			return err
		}
	}
	d.f.Type = want
	switch want {
	case TypeNumeric, TypeInteger:
		return d.number()
	case TypeDateTime:
		return d.date()
	case TypeCategorical, TypeBoolean:
		return d.category()
	case TypeIdentifier:
		return d.identifier()
	}
	return d.constant()
}

// present is the number of cells that are not missing.
func (d *decision) present() int { return d.t.rows - d.t.missing }

// guess finds the type.
func (d *decision) guess() (Type, error) {
	t, n := d.t, d.present()
	switch {
	case n == 0:
		d.f.Note = "no value in any row"
		return TypeConstant, nil
	case t.texts == 0:
		return d.guessNumber(), nil
	case float64(t.numbers.count) >= mostlyOneKind*float64(n):
		return "", d.fail(t.firstText, fmt.Sprintf("%s among numbers (%d of %d cells are numbers)", suggest.Quote(t.firstText.cell), t.numbers.count, n),
			"correct it, list it among the missing spellings, or declare the column categorical")
	case float64(t.dressed+t.numbers.count) >= mostlyOneKind*float64(n):
		return "", d.fail(t.firstText, suggest.Quote(t.firstText.cell)+" looks like a number",
			"write numbers with a decimal point and nothing else, or declare the column categorical")
	case t.numbers.count > 0:
		d.f.Note = fmt.Sprintf("numbers and text mixed: %s in row %d, %s in row %d", suggest.Quote(t.firstNumber.cell), t.firstNumber.line,
			suggest.Quote(t.firstText.cell), t.firstText.line)
	case len(t.levels.count) > 1:
		if is, err := d.guessDate(); is || err != nil {
			return TypeDateTime, err
		}
	}
	return d.guessText(), nil
}

func (d *decision) guessNumber() Type {
	t, n := &d.t.numbers, d.present()
	whole := !t.fraction
	counts := whole && !t.jumps && (t.first == 0 || t.first == 1)
	named := whole && identifierName.MatchString(d.f.Name) && (!t.descent || d.t.levels.unique(1))
	long := whole && math.Max(t.max, -t.min) >= exact && d.t.levels.unique(1)
	switch {
	case n >= fewestToNumber && d.t.missing == 0 && (counts || named || long):
		d.f.Note = "whole numbers that number the rows"
		return TypeIdentifier
	case t.coded:
		d.f.Note = "numbers with zeros in front are codes"
		return d.guessText()
	case t.min == t.max && d.t.missing == 0:
		return TypeConstant
	case t.min == t.max:
		return TypeCategorical
	case whole && t.digits.Max == 0 && len(d.t.levels.count) == 2 && t.min == 0 && t.max == 1 && d.o.FewValues >= 2:
		return TypeBoolean
	case whole && !d.t.levels.dropped && len(d.t.levels.count) <= d.o.FewValues:
		return TypeCategorical
	case whole:
		return TypeInteger
	}
	return TypeNumeric
}

// guessDate reports whether all texts are dates of one format. Most of them
// being so is an error, and so are two formats.
func (d *decision) guessDate() (bool, error) {
	t, n := &d.t.dates, d.present()
	most := float64(t.fitting) >= mostlyOneKind*float64(n)
	switch {
	case t.dead || !t.begun || !most:
		return false, nil
	case t.other.line > 0:
		return false, d.fail(t.other, fmt.Sprintf("two formats of dates: %s here and %s in row %d", suggest.Quote(t.other.cell), suggest.Quote(t.main.cell), t.main.line),
			"write all dates in one format, or declare the column categorical")
	case t.fitting < n:
		return false, d.fail(t.notDate, fmt.Sprintf("%s among dates (%d of %d cells are dates)", suggest.Quote(t.notDate.cell), t.fitting, n),
			"correct it, list it among the missing spellings, or declare the column categorical")
	}
	return true, nil
}

// booleans are pairs of names that stand for true and false.
var booleans = [][2]string{{"false", "true"}, {"no", "yes"}, {"n", "y"}, {"f", "t"}, {"0", "1"}, {"off", "on"}}

func (d *decision) guessText() Type {
	levels := d.t.levels.count
	switch {
	case d.t.levels.full:
		d.f.Note = fmt.Sprintf("more than %d different texts", len(levels))
		return TypeIdentifier
	case len(levels) == 1 && d.t.missing == 0:
		return TypeConstant
	case d.present() >= fewestToNumber && d.t.levels.unique(nearlyUnique):
		d.f.Note = "nearly all texts differ"
		return TypeIdentifier
	case isBoolean(levels):
		return TypeBoolean
	}
	return TypeCategorical
}

func isBoolean(levels map[string]int) bool {
	if len(levels) != 2 {
		return false
	}
	var pair []string
	for name := range levels {
		pair = append(pair, strings.ToLower(name))
	}
	slices.Sort(pair)
	return slices.Contains(booleans, [2]string(pair))
}

// number fills in what a numeric or integer column needs.
func (d *decision) number() error {
	t := &d.t.numbers
	if d.t.texts > 0 {
		return d.fail(d.t.firstText, suggest.Quote(d.t.firstText.cell)+" is not a number", "correct it, list it among the missing spellings, or declare the column categorical")
	}
	if t.count == 0 {
		return d.fail(sighting{}, "declared "+string(d.f.Type)+", but it has no value", "leave its type to be found")
	}
	digits := t.digits
	if d.f.Type == TypeInteger && t.fraction {
		return d.fail(sighting{}, "declared integer, but it has fractions", "declare it numeric")
	}
	if cells := math.Pow10(digits.Max); digits.Max > maxDecimals || math.Max(t.max, -t.min)*cells > maxUnits || (t.max-t.min)*cells > maxSteps {
		digits = Digits{0, Shortest}
	}
	if d.like != nil && d.like.Digits != nil {
		digits = *d.like.Digits
	}
	d.f.Digits = &digits
	if math.Max(t.max, -t.min) >= exact && d.f.Type == TypeInteger {
		d.f.Note = "whole numbers beyond 2^53 lose digits; declare them an identifier or categorical if they are names"
	}
	d.f.Range = &Range{t.min, t.max}
	if d.like != nil && d.like.Range != nil {
		if r := *d.like.Range; r.Min > t.min || r.Max < t.max {
			return d.fail(sighting{}, fmt.Sprintf("values from %g to %g, of which some are outside the range from %g to %g", t.min, t.max, r.Min, r.Max),
				"widen the range in the metadata, or remove the rows")
		}
		d.f.Range = &Range{d.like.Range.Min, d.like.Range.Max}
	}
	d.f.Wide = t.wide && (digits.Max == Shortest || math.Max(t.max, -t.min)*0x1p-24 >= 0.4*math.Pow10(-digits.Max))
	return nil
}

// identifier decides whether the column is numbered anew or dropped.
func (d *decision) identifier() error {
	if d.like != nil {
		d.f.Sequence = d.like.Sequence
		return nil
	}
	first := d.t.firstText.cell
	if d.t.texts == 0 {
		first = d.t.firstNumber.cell
	}
	if digits := first[min(len(d.t.prefix), len(first)):]; d.t.alike && len(digits) <= 15 {
		if n, err := strconv.Atoi(digits); err == nil {
			d.f.Sequence = &Sequence{Prefix: d.t.prefix, First: n, Width: d.t.width}
		}
	}
	return nil
}

// constant checks that there is one value.
func (d *decision) constant() error {
	t := d.t
	first := t.firstText.cell
	if t.texts == 0 {
		first = t.firstNumber.cell
	}
	same := t.texts == 0 && t.numbers.min == t.numbers.max || len(t.levels.count) == 1
	if d.present() > 0 && (t.missing > 0 || !same) {
		return d.fail(sighting{}, "declared constant, but its cells differ", "leave its type to be found")
	}
	d.f.Value = first
	return nil
}

// date fills in the format.
func (d *decision) date() error {
	t := &d.t.dates
	format := d.o.Formats[d.f.Name]
	if format == "" && d.like != nil {
		format = d.like.Format
	}
	if format == "" {
		if _, err := d.guessDate(); err != nil {
			return err
		}
		if t.dead || !t.begun || t.fitting < d.present() {
			s := t.notDate
			if s.line == 0 {
				s = d.t.firstNumber
			}
			return d.fail(s, suggest.Quote(s.cell)+" is not a date of a known format", `set the format, such as "2006-01-02" or "02.01.2006 15:04"`)
		}
		format = t.alive[0]
		if other := swapped.Replace(format); other != format && slices.Contains(t.alive, other) {
			d.f.Note = fmt.Sprintf("every date fits %s as well as %s; the first is taken: set the format if that is wrong", format, other)
		}
	}
	if strings.Contains(format, "07") && d.f.Note == "" {
		d.f.Note = "times are written in UTC"
	}
	d.f.Format = format
	d.f.Digits = &Digits{t.digits, t.digits}
	if d.like != nil && d.like.Digits != nil {
		*d.f.Digits = *d.like.Digits
	}
	if d.like != nil && d.like.Range != nil {
		d.f.Range = &Range{d.like.Range.Min, d.like.Range.Max}
	}
	d.f.Wide = dateUnit(format) < 24*60*60
	return nil
}
