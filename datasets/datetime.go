package datasets

import (
	"fmt"
	"strings"

	"tweedie/internal/suggest"
)

// datetimeType is the type of dates and times: numbers of units (see dateUnit) since 1970.
type datetimeType struct{}

func (datetimeType) claims(d *inference) (bool, error) {
	if d.t.wholeDates() {
		return true, nil
	}
	if w := &d.t.dates.whole; d.t.nearlyWholeDates() {
		return false, d.fail(w.oddOne, fmt.Sprintf("%s among dates of the format %s (%d of %d cells are dates)", w.oddOne.cell, w.layouts[0].format, w.tried-w.odd, w.tried),
			"set the format, list it among the missing spellings, or declare the column integer")
	}
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
	format, form, err := d.dateFormat()
	if err != nil {
		return err
	}
	d.f.Format, d.f.Zone = format, form.zone()
	if d.like != nil && d.like.Zone != 0 {
		d.f.Zone = d.like.Zone
	}
	layout := d.f.date()
	for _, s := range []foundCell{d.t.firstText, d.t.firstNumber} { // the other cells are checked when they are read
		_, ok := layout.parse(s.cell)
		_, stored := layout.parseStored(s.cell)
		if s.line > 0 && !ok && !stored {
			return d.fail(s, suggest.Quote(s.cell)+" is not a date of the format "+suggest.Quote(format), "correct it or set the format")
		}
	}
	d.f.Digits = &Digits{form.digits, form.digits}
	if d.like != nil {
		d.f.Grid = d.like.Grid
		if d.like.Digits != nil {
			*d.f.Digits = *d.like.Digits
		}
		if d.like.Range != nil {
			d.f.Range = &Range{d.like.Range.Min, d.like.Range.Max}
		}
	}
	d.f.Wide = layout.unit < 24*60*60
	return nil
}

// dateFormat returns the format of a column that is one of dates, and their form.
func (d *inference) dateFormat() (string, *dateForm, error) {
	format := d.o.Formats[d.f.Name]
	if format == "" && d.like != nil {
		format = d.like.Format
	}
	if format != "" {
		return format, d.formOf(newDateLayout(format, 0)), nil
	}
	t := &d.t.dates
	if d.t.texts == 0 && d.t.wholeDates() {
		d.noteDates(t.whole.layouts, &t.form)
		return t.whole.layouts[0].format, &t.form, nil
	}
	if _, err := d.areDates(); err != nil {
		return "", nil, err
	}
	if t.stopped || !t.begun || t.fitting < d.present() {
		s := t.notDate
		if s.line == 0 {
			s = d.t.firstNumber
		}
		return "", nil, d.fail(s, suggest.Quote(s.cell)+" is not a date of a known format", `set the format, such as "2006-01-02" or "02.01.2006 15:04"`)
	}
	d.noteDates(t.layouts, &t.form)
	return t.form.complete(t.layouts[0]), &t.form, nil
}

func (d *inference) noteDates(layouts []*dateLayout, form *dateForm) {
	if d.f.Note == "" {
		d.f.Note = strings.Join(d.dateNotes(layouts, form), "; ")
	}
}

// formOf returns the form of the cells that are counted, for a format that is given.
func (d *inference) formOf(layout *dateLayout) *dateForm {
	form := &dateForm{}
	for cell, n := range d.t.levels.count {
		t, ok := layout.time(cell)
		if !ok {
			continue
		}
		if form.add(layout, t, cell); layout.offset {
			_, offset := t.Zone()
			form.offsets[offset] += n - 1
		}
	}
	return form
}

const maxZone = 24 * 60 * 60

func (datetimeType) invalid(f *Field) string {
	if f.Digits != nil && (f.Digits.Max < 0 || f.Digits.Max > 6) {
		return fmt.Sprintf("%d digits of a second", f.Digits.Max)
	}
	if f.Map != nil && f.Format == "" {
		return "no format"
	}
	if f.Zone < -maxZone || f.Zone > maxZone {
		return "an impossible offset from UTC"
	}
	return ""
}

func (datetimeType) read(f *Field, form decimal, cell string, fromParquet bool) (float64, bool, *Error) {
	v, ok := form.date.parse(cell)
	if !ok && fromParquet {
		v, ok = form.date.parseStored(cell)
	}
	if !ok {
		return 0, false, &Error{Column: f.Name, Found: suggest.Quote(cell) + " is not a date of the format " + suggest.Quote(f.Format), Remedy: "correct it or set the format"}
	}
	return form.round(v), false, nil
}

func (datetimeType) write(b []byte, f *Field, form decimal, v float64) []byte {
	return form.date.append(b, f.Digits.Max, v)
}

// parquet is a time with a zone where the format has one.
func (datetimeType) parquet(f *Field) ParquetType {
	switch {
	case strings.HasPrefix(f.Format, "2006") && onlyDigits(f.Format): // whole numbers
		return parquetInt64
	case !strings.Contains(f.Format, "06"), onlyDigits(f.Format): // a time of day, digits with a zero in front
		return parquetString
	case dateUnit(f.Format) == day:
		return parquetDate
	}
	return ParquetType{Physical: "int64", Logical: "timestamp", Unit: "us", UTC: hasZone(f.Format)}
}

// Unit returns the seconds of one unit in which the dates of a column are counted, 0 for a
// column that has none. Times without a date are not dates.
func (f *Field) Unit() float64 {
	if f.Type != TypeDateTime || !strings.Contains(f.Format, "06") {
		return 0
	}
	return dateUnit(f.Format)
}
