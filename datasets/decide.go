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
	if (strings.Contains(format, "07") || strings.Contains(format, "MST")) && d.f.Note == "" {
		d.f.Note = "times are written in UTC"
	}
	for _, s := range []sighting{d.t.firstText, d.t.firstNumber} { // what another format says is checked where all cells are read
		_, _, ok := parseDate(format, s.cell)
		if _, stored := parseStored(format, s.cell); s.line > 0 && !ok && !stored {
			return d.fail(s, suggest.Quote(s.cell)+" is not a date of the format "+suggest.Quote(format), "correct it or set the format")
		}
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
