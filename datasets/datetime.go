package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"tweedie/internal/suggest"
)

// datetimeType is the type of dates and times: numbers of units (see dateUnit) since 1970.
type datetimeType struct{}

func (datetimeType) claims(d *inference) (bool, error) {
	if d.t.texts == 0 || d.t.numbers.count > 0 || len(d.t.levels.count) < 2 {
		return false, nil
	}
	return d.areDates()
}

// areDates reports whether all texts are dates of one format. It errs when only most are.
func (d *inference) areDates() (bool, error) {
	t, n := &d.t.dates, d.present()
	most := float64(t.fitting) >= mostlyOneKind*float64(n)
	switch {
	case t.stopped || !t.begun || !most:
		return false, nil
	case t.other.line > 0:
		return false, d.fail(t.other, fmt.Sprintf("two formats of dates: %s here and %s in row %d", suggest.Quote(t.other.cell), suggest.Quote(t.main.cell), t.main.line),
			"write all dates in one format, or declare the column categorical")
	case t.fitting < n:
		return false, d.fail(t.notDate, fmt.Sprintf("%s among dates (%d of %d cells are dates)", suggest.Quote(t.notDate.cell), t.fitting, n), notNumberRemedy)
	}
	return true, nil
}

func (datetimeType) complete(d *inference) error {
	format, err := d.dateFormat()
	if err != nil {
		return err
	}
	if (strings.Contains(format, "07") || strings.Contains(format, "MST")) && d.f.Note == "" {
		d.f.Note = "times are written in UTC"
	}
	for _, s := range []foundCell{d.t.firstText, d.t.firstNumber} { // the other cells are checked when they are read
		_, _, ok := parseDate(format, s.cell)
		if _, stored := parseStored(format, s.cell); s.line > 0 && !ok && !stored {
			return d.fail(s, suggest.Quote(s.cell)+" is not a date of the format "+suggest.Quote(format), "correct it or set the format")
		}
	}
	d.f.Format = format
	d.f.Digits = &Digits{d.t.dates.digits, d.t.dates.digits}
	if d.like != nil && d.like.Digits != nil {
		*d.f.Digits = *d.like.Digits
	}
	if d.like != nil && d.like.Range != nil {
		d.f.Range = &Range{d.like.Range.Min, d.like.Range.Max}
	}
	d.f.Wide = dateUnit(format) < 24*60*60
	return nil
}

func (d *inference) dateFormat() (string, error) {
	format := d.o.Formats[d.f.Name]
	if format == "" && d.like != nil {
		format = d.like.Format
	}
	if format != "" {
		return format, nil
	}
	t := &d.t.dates
	if _, err := d.areDates(); err != nil {
		return "", err
	}
	if t.stopped || !t.begun || t.fitting < d.present() {
		s := t.notDate
		if s.line == 0 {
			s = d.t.firstNumber
		}
		return "", d.fail(s, suggest.Quote(s.cell)+" is not a date of a known format", `set the format, such as "2006-01-02" or "02.01.2006 15:04"`)
	}
	format = t.formats[0]
	if other := swapped.Replace(format); other != format && slices.Contains(t.formats, other) {
		d.f.Note = fmt.Sprintf("every date fits %s as well as %s; the first is taken: set the format if that is wrong", format, other)
	}
	return format, nil
}

func (datetimeType) invalid(f *Field) string {
	if f.Digits != nil && (f.Digits.Max < 0 || f.Digits.Max > 6) {
		return fmt.Sprintf("%d digits of a second", f.Digits.Max)
	}
	if f.Map != nil && f.Format == "" {
		return "no format"
	}
	return ""
}

func (datetimeType) read(f *Field, form decimal, cell string, fromParquet bool) (float64, bool, *Error) {
	v, _, ok := parseDate(f.Format, cell)
	if !ok && fromParquet {
		v, ok = parseStored(f.Format, cell)
	}
	if !ok {
		return 0, false, &Error{Column: f.Name, Found: suggest.Quote(cell) + " is not a date of the format " + suggest.Quote(f.Format), Remedy: "correct it or set the format"}
	}
	return form.round(v), false, nil
}

func (datetimeType) write(b []byte, f *Field, _ decimal, v float64) []byte {
	return appendDate(b, f.Format, f.Digits.Max, v)
}

func (t datetimeType) parquetNumber(f *Field) (parquet.Node, func(float64) parquet.Value) {
	unit := dateUnit(f.Format)
	switch {
	case !strings.Contains(f.Format, "06"): // a time of day
		return parquetString(), func(v float64) parquet.Value { return parquet.ByteArrayValue(t.write(nil, f, f.decimal(), v)) }
	case unit == 24*60*60:
		return parquet.Date(), func(v float64) parquet.Value { return parquet.Int32Value(int32(math.Round(v))) }
	}
	return parquet.Timestamp(parquet.Microsecond), func(v float64) parquet.Value { return parquet.Int64Value(int64(math.Round(v * unit * 1e6))) }
}

// Unit returns the seconds of one unit in which the dates of a column are counted, 0 for a
// column that has none. Times without a date are not dates.
func (f *Field) Unit() float64 {
	if f.Type != TypeDateTime || !strings.Contains(f.Format, "06") {
		return 0
	}
	return dateUnit(f.Format)
}
