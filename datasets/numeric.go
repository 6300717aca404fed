package datasets

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

type numericType struct{}

func (numericType) claims(*inference) (bool, error) { return true, nil } // what no other type claims

func (numericType) complete(d *inference) error { return d.completeNumber() }

func (numericType) invalid(*Field) string { return "" }

func (numericType) read(f *Field, _ decimal, cell string, _ bool) (float64, bool, *Error) {
	v, _, is := parseNumber(cell)
	switch is {
	case isNumber:
		return v, false, nil
	case isTooLarge:
		return 0, false, &Error{Column: f.Name, Found: suggest.Quote(cell) + " is too large for a float64", Remedy: "rescale the column"}
	}
	return 0, false, &Error{Column: f.Name, Found: suggest.Quote(cell) + " is not a number", Remedy: notNumberRemedy}
}

const notNumberRemedy = "correct it, list it among the missing spellings, or declare the column categorical"

// write shows as many digits after the point as needed, from Digits.Min to Digits.Max.
func (numericType) write(b []byte, f *Field, form decimal, v float64) []byte {
	start := len(b)
	b = form.append(b, v)
	if f.Digits.Max <= f.Digits.Min {
		return b
	}
	point := slices.Index(b[start:], '.')
	if point < 0 || slices.Contains(b[start:], 'e') {
		return b
	}
	least := start + point + 1 + f.Digits.Min
	for len(b) > least && b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	return b
}

func (numericType) parquet(*Field) ParquetType { return parquetDouble }

type integerType struct{ numericType }

func (integerType) claims(d *inference) (bool, error) { return !d.t.numbers.fraction, nil }

func (integerType) complete(d *inference) error {
	t := &d.t.numbers
	if d.t.texts == 0 && t.fraction {
		return d.fail(foundCell{}, "declared integer, but it has fractions", "declare it numeric")
	}
	if err := d.completeNumber(); err != nil {
		return err
	}
	if math.Max(t.max, -t.min) >= exact {
		d.f.Note = "whole numbers beyond 2^53 lose digits; declare them an identifier or categorical if they are names"
	}
	return nil
}

func (n integerType) read(f *Field, form decimal, cell string, fromParquet bool) (float64, bool, *Error) {
	v, _, err := n.numericType.read(f, form, cell, fromParquet)
	if err == nil && v != math.Trunc(v) {
		err = &Error{Column: f.Name, Found: suggest.Quote(cell) + " is not a whole number", Remedy: "correct it or declare the column numeric"}
	}
	rounded := math.Abs(v) >= exact && !strings.ContainsAny(cell, ".eE") && strconv.FormatFloat(v, 'f', -1, 64) != strings.TrimPrefix(cell, "+")
	return v, rounded, err
}

func (integerType) parquet(f *Field) ParquetType {
	if r := f.Range; r == nil || r.Min <= -exact || r.Max >= exact {
		return parquetDouble
	}
	return parquetInt64
}

// Values are restored exactly up to maxUnits units of the last digit and a range of
// maxSteps units: beyond, rounding errors of the encoding come near to a unit.
const (
	maxUnits = 1 << 42
	maxSteps = 1 << 40
)

func (d *inference) completeNumber() error {
	t := &d.t.numbers
	if d.t.texts > 0 {
		return d.fail(d.t.firstText, suggest.Quote(d.t.firstText.cell)+" is not a number", notNumberRemedy)
	}
	if t.count == 0 {
		return d.fail(foundCell{}, "declared "+string(d.f.Type)+", but it has no value", "leave its type to be found")
	}
	digits := t.digits
	if cells := math.Pow10(digits.Max); digits.Max > maxDecimals || math.Max(t.max, -t.min)*cells > maxUnits || (t.max-t.min)*cells > maxSteps {
		digits = Digits{0, Shortest}
	}
	if d.like != nil && d.like.Digits != nil {
		digits = *d.like.Digits
	}
	d.f.Digits = &digits
	d.f.Range = &Range{t.min, t.max}
	if d.like != nil && d.like.Range != nil {
		if r := *d.like.Range; r.Min > t.min || r.Max < t.max {
			return d.fail(foundCell{}, fmt.Sprintf("values from %g to %g, of which some are outside the range from %g to %g", t.min, t.max, r.Min, r.Max),
				"widen the range in the metadata, or remove the rows")
		}
		d.f.Range = &Range{d.like.Range.Min, d.like.Range.Max}
	}
	d.f.Wide = t.wide && (digits.Max == Shortest || math.Max(t.max, -t.min)*0x1p-24 >= 0.4*math.Pow10(-digits.Max))
	return nil
}
