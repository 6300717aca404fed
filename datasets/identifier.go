package datasets

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

type identifierType struct{ notModeled }

// numbersRows is the note of an identifier that is no text.
const numbersRows = "whole numbers that number the rows"

func (identifierType) claims(d *inference) (bool, error) {
	n, levels := d.present(), &d.t.levels
	switch {
	case d.t.texts == 0 && n >= fewestToNumber && d.t.missing == 0 && d.numbersRows():
		d.f.Note = numbersRows
	case !d.isText():
		return false, nil
	case levels.full:
		d.f.Note = fmt.Sprintf("more than %d different texts", len(levels.count))
	case n >= fewestToNumber && levels.unique(nearlyUnique):
		d.f.Note = "nearly all texts differ"
	case d.t.rows >= fewestToNumber && 2*d.t.texts >= n && levels.unique(freeText) && (!d.t.alike || levels.unique(nearlyUnique)):
		d.f.Note = fmt.Sprintf("%d different texts in %d cells", len(levels.count), n)
	default:
		return false, nil
	}
	return true, nil
}

var identifierName = regexp.MustCompile(`(?i)^(unnamed: 0|__index_level_0__|id|uuid|guid|index|idx|key|row|rowid|row_?nr|row_?no|.*[_ .-](id|uuid|guid|key))$|[a-z]I[dD]$`)

// numbersRows reports whether numbers name the rows: they count from 0 or 1, differ under
// the name of an identifier, or differ and have too many digits.
func (d *inference) numbersRows() bool {
	t := &d.t.numbers
	counts := !t.jumps && (t.first == 0 || t.first == 1)
	named := identifierName.MatchString(d.f.Name) && (!t.descent || d.t.levels.unique(1))
	long := math.Max(t.max, -t.min) >= exact && d.t.levels.unique(1) && !strings.ContainsAny(d.t.firstNumber.cell, "eE.")
	return !t.fraction && (counts || named || long)
}

func (identifierType) complete(d *inference) error {
	if d.like != nil {
		d.f.Sequence = d.like.Sequence
		return nil
	}
	if d.t.alike {
		d.f.Sequence = &Sequence{Prefix: d.t.prefix, First: d.t.most + 1, Width: d.t.width, Suffix: d.t.suffix}
		if d.t.texts == 0 && !d.t.numbers.leadingZero {
			d.f.Sequence.Width = 0
		}
	}
	return nil
}

func (identifierType) describe(f *Field) []string {
	if f.Sequence == nil {
		return []string{"dropped"}
	}
	return []string{"numbered anew from " + suggest.Quote(string(f.Sequence.append(nil, 0)))}
}

func (identifierType) warnings(f *Field) []warning {
	switch {
	case f.Sequence == nil && f.Note != "" && f.Note != numbersRows:
		return []warning{{free, withNote(f)}}
	case f.Sequence == nil:
		return []warning{{dropped, withNote(f)}}
	}
	return []warning{{renumbered, withNote(f)}}
}

func (identifierType) parse(*cellParser, *Cells, int, int, string) *Error { return nil }

func (identifierType) appendText(b []byte, f *Field, _ *Cells, _, _, row int) []byte {
	if row < 0 {
		return b
	}
	return f.Sequence.append(b, row)
}

func (identifierType) parquet(f *Field) ParquetType {
	if s := f.Sequence; s != nil && s.Prefix+s.Suffix == "" && s.Width <= 1 {
		return parquetInt64
	}
	return parquetString
}

func (s *Sequence) append(b []byte, row int) []byte {
	b = append(b, s.Prefix...)
	digits := strconv.Itoa(s.First + row)
	for k := len(digits); k < s.Width; k++ {
		b = append(b, '0')
	}
	return append(append(b, digits...), s.Suffix...)
}
