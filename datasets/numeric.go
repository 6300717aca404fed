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
	if f.Style != nil {
		v, is = f.Style.parse(cell)
	}
	switch is {
	case isNumber:
		return v, false, nil
	case isTooLarge:
		return 0, false, &Error{Column: f.Name, Found: suggest.Quote(cell) + " is too large for a float64", Remedy: "rescale the column"}
	}
	return 0, false, &Error{Column: f.Name, Found: suggest.Quote(cell) + " is not a number", Remedy: notNumberRemedy}
}

const notNumberRemedy = "correct it, list it among the missing spellings, or declare the column categorical"

// write shows as many digits after the point as needed, from Digits.Min to Digits.Max, in
// the style of the column.
func (numericType) write(b []byte, f *Field, form decimal, v float64) []byte {
	if f.Style == nil {
		start := len(b)
		return trimZeros(form.append(b, v), start, *f.Digits)
	}
	var buf [64]byte
	text := buf[:0]
	switch s := f.Style; {
	case s.Significant != nil:
		precision := s.Significant.Max - 1
		if s.Significant.Max > 16 {
			precision = -1
		}
		text = strconv.AppendFloat(text, v, 'e', precision, 64)
		text = trimZeros(text, 0, Digits{max(s.Significant.Min-1, 0), precision})
	case s.Exponent == noExponent && f.Digits.Max == Shortest:
		text = strconv.AppendFloat(text, v, 'f', -1, 64)
	case s.Whole == wholeZero && v != 0, s.Whole == wholeAll && v != math.Trunc(v):
		text = form.append(text, v)
	default:
		text = trimZeros(form.append(text, v), 0, *f.Digits)
	}
	return f.Style.dress(b, text)
}

// trimZeros removes zeros at the end of the number b[start:], but digits.Min after the point.
func trimZeros(b []byte, start int, digits Digits) []byte {
	if digits.Max <= digits.Min {
		return b
	}
	point := slices.Index(b[start:], '.')
	if point < 0 {
		return b
	}
	end := len(b)
	if e := slices.Index(b[start:], 'e'); e >= 0 {
		end = start + e
	}
	exponent := b[end:]
	least := start + point + 1 + digits.Min
	for end > least && b[end-1] == '0' {
		end--
	}
	if b[end-1] == '.' {
		end--
	}
	return append(b[:end], exponent...)
}

func (numericType) parquet(*Field) ParquetType { return parquetDouble }

type integerType struct{ numericType }

func (integerType) claims(d *inference) (bool, error) {
	return !d.t.numbers.fraction && !d.t.numbers.scientific(), nil
}

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

// maxUnits is the number of units of the last digit up to which numbers are restored
// exactly: beyond, rounding errors of the encoding come near to a unit.
const maxUnits = 1 << 42

func (d *inference) completeNumber() error {
	t := &d.t.numbers
	if d.t.texts > 0 {
		return d.fail(d.t.firstText, suggest.Quote(d.t.firstText.cell)+" is not a number", notNumberRemedy)
	}
	if t.count == 0 {
		return d.fail(foundCell{}, "declared "+string(d.f.Type)+", but it has no value", "leave its type to be found")
	}
	if note := d.ambiguity(); note != "" && d.f.Note == "" {
		d.f.Note = note
	}
	digits := t.digits
	far := math.Max(t.max, -t.min)
	whole := !t.fraction && d.f.Type == TypeInteger && far > maxUnits // Shortest writes the same
	if digits.Max > maxDecimals || t.full() || t.exponents > 0 && far*math.Pow10(digits.Max) > maxUnits || whole || t.scientific() {
		digits = Digits{0, Shortest}
	}
	d.f.Style = t.style(d.dressed, digits, !t.fraction)
	if d.like != nil {
		d.f.Grid = d.like.Grid
		if d.like.Style != nil {
			d.f.Style = d.like.Style
		}
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
