package datasets

import (
	"fmt"

	"tweedie/internal/suggest"
)

type inference struct {
	o    *InferOptions
	t    *columnStatistics
	f    *Field
	file string
	like *Field // what the metadata given says of the column, or nil
	late bool   // the levels must be counted in another pass

	dressed *Style // how the numbers of t are written, nil for plain ones
}

func (d *inference) fail(s foundCell, found, remedy string) error {
	return &Error{File: d.file, Row: s.line, Column: d.f.Name, Found: found, Remedy: remedy}
}

func (d *inference) run() error {
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
		if want, err = d.find(); err != nil {
			return err
		}
	}
	d.f.Type = want
	switch want {
	case TypeNumeric, TypeInteger:
		d.undress()
	case TypeIdentifier, TypeCategorical:
		if d.like == nil && d.o.Types[d.f.Name] == "" {
			d.likelyDates()
		}
	}
	return want.column().complete(d)
}

// undress makes t that of plain numbers, if all cells are numbers in one style.
func (d *inference) undress() {
	var like *Style
	if d.like != nil {
		like = d.like.Style
	}
	if plain, style := d.t.dressed(like); plain != nil {
		d.t, d.dressed = plain, style
	}
}

func (d *inference) present() int { return d.t.rows - d.t.missing }

// isText reports whether cells are texts, or numbers that are codes.
func (d *inference) isText() bool { return d.t.texts > 0 || d.codes() != "" }

// codes says why numbers are codes, which stay texts, or "".
func (d *inference) codes() string {
	t := d.t
	switch {
	case d.dressed != nil || t.texts > 0 || t.wholeDates():
		return ""
	case t.numbers.leadingZero:
		return "numbers with zeros in front are codes"
	}
	return t.numbers.areCodes(len(t.levels.count))
}

func (d *inference) first() string {
	if d.t.texts == 0 {
		return d.t.firstNumber.cell
	}
	return d.t.firstText.cell
}

func (d *inference) find() (Type, error) {
	of := d.t
	if d.undress(); d.dressed != nil {
		defer func() { d.t, d.dressed = of, nil }() // for levels, which are texts
	}
	if err := d.mixed(); err != nil {
		return "", err
	}
	for k := range types {
		if is, err := types[k].column.claims(d); is || err != nil {
			return types[k].name, err
		}
	}
	panic("datasets: a column that no type claims")
}

// mixed errs when most cells, but not all, are numbers. It notes fewer numbers among texts.
func (d *inference) mixed() error {
	t, n := d.t, d.present()
	switch {
	case t.texts == 0:
		d.f.Note = d.codes()
	case float64(t.numbers.count) >= mostlyOneKind*float64(n):
		return d.fail(t.firstText, fmt.Sprintf("%s among numbers (%d of %d cells are numbers)", suggest.Quote(t.firstText.cell), t.numbers.count, n), notNumberRemedy)
	case float64(t.formatted+t.numbers.count) >= mostlyOneKind*float64(n):
		return d.fail(t.firstText, suggest.Quote(t.firstText.cell)+" looks like a number",
			"write numbers with a decimal point and nothing else, or declare the column categorical")
	case t.numbers.count > 0:
		d.f.Note = fmt.Sprintf("numbers and text mixed: %s in row %d, %s in row %d", suggest.Quote(t.firstNumber.cell), t.firstNumber.line,
			suggest.Quote(t.firstText.cell), t.firstText.line)
		if 2*t.numbers.count >= n && len(t.levels.count) > atomDistinct {
			d.f.Note += "; list what means a missing cell among the missing spellings, and it is one of numbers"
		}
	}
	return nil
}
