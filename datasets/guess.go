package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/internal/suggest"
)

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
		if 2*t.numbers.count >= n && len(t.levels.count) > atomDistinct {
			d.f.Note += "; list what means a missing cell among the missing spellings, and it is one of numbers"
		}
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
	long := whole && math.Max(t.max, -t.min) >= exact && d.t.levels.unique(1) && !strings.ContainsAny(d.t.firstNumber.cell, "eE.")
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
