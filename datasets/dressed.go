package datasets

import (
	"fmt"
	"math"
	"strings"

	"tweedie/internal/suggest"
)

// dressedStatistics follow whether the cells of a column are numbers in one style: with the
// same currency or percent sign, and marks that mean the same in every cell.
type dressedStatistics struct {
	stopped         bool
	texts, worn     int    // cells that are no plain numbers; of them, with a currency or percent sign
	style           Style  // but for the marks
	example, other  string // cells whose currency or percent signs differ
	strict, lenient uint   // bits of allMarks that fit all cells, with all thousands separated or not
	length          int    // digits of every cell, 0 when they differ
	// The texts read with a decimal point, and all cells read with a decimal comma.
	byPoint, byComma numberStatistics
}

type marks struct{ decimal, thousands string }

// allMarks lists the marks in the order of preference: where several fit all cells, points
// are decimal and commas separate thousands.
var allMarks = []marks{
	{".", ""}, {".", ","}, {".", "'"}, {".", "’"}, {".", "\u00a0"}, {".", "\u202f"}, {".", " "},
	{",", ""}, {",", "."}, {",", "'"}, {",", "’"}, {",", "\u00a0"}, {",", "\u202f"}, {",", " "},
}

const (
	commaKinds = 7 // index in allMarks of the first with a decimal comma
	pointMarks = 1<<7 - 1
	commaMarks = 1<<14 - 1 - pointMarks
	noGroups   = 1<<0 | 1<<7 // without thousands
	pointGroup = 1 << 8      // thousands separated by points
)

// sameDigits is the number of digits from which texts of equally many are codes, as phone
// numbers are.
const sameDigits = 9

// addPlain adds a cell that is a plain number of the given decimals.
func (t *dressedStatistics) addPlain(v float64, decimals int, cell string) {
	if t.stopped || t.lenient|t.strict == 1 { // nothing can change
		return
	}
	point := strings.IndexByte(cell, '.')
	whole := len(cell)
	if point >= 0 {
		whole = point
	}
	if cell[0] == '-' || cell[0] == '+' {
		whole--
	}
	strict, lenient := uint(pointMarks|commaMarks), uint(pointMarks|commaMarks)
	if whole > 3 {
		strict = noGroups
	}
	if point >= 0 {
		strict, lenient = strict&pointMarks, pointMarks
		if decimals == 3 && len(cell) == point+4 && whole <= 3 && v != 0 && (v >= 1 || v <= -1) {
			strict, lenient, v, decimals = strict|pointGroup, lenient|pointGroup, math.Round(v*1000), 0
		}
	}
	t.fits(strict, lenient)
	if t.lenient&commaMarks != 0 {
		t.byComma.extend(v, decimals)
	}
}

// fits restricts the marks to those of another cell.
func (t *dressedStatistics) fits(strict, lenient uint) {
	if t.byPoint.count+t.byComma.count == 0 && t.strict|t.lenient == 0 {
		t.strict, t.lenient = pointMarks|commaMarks, pointMarks|commaMarks
	}
	t.strict &= strict
	t.lenient &= lenient
	t.stopped = t.lenient == 0
}

// addText adds a cell that is not a plain number.
func (t *dressedStatistics) addText(cell string) {
	t.texts++
	if t.stopped {
		return
	}
	u, ok := undress(cell)
	if !ok || !t.wear(u, cell) {
		t.stopped = true
		return
	}
	var strict, lenient uint
	var text [2]string // by point, by comma
	for k, m := range allMarks {
		number, _, all, ok := plainNumber(u.digits, m.decimal, m.thousands)
		if !ok {
			continue
		}
		lenient |= 1 << k
		if all {
			strict |= 1 << k
		}
		text[k/7] = number
	}
	t.fits(strict, lenient)
	t.length = digitsOf(u.digits, t.length, t.texts)
	for k, stats := range []*numberStatistics{&t.byPoint, &t.byComma} {
		if v, decimals, is := parseNumber(text[k]); text[k] != "" && is == isNumber {
			sign := ""
			if u.negative != "" {
				v, sign = -v, "-"
			} else if u.plus {
				sign = "+"
			}
			stats.add(v, decimals, sign+text[k])
		} else if text[k] != "" {
			t.stopped = true
		}
	}
}

// digitsOf counts the digits of a text; 0 when they are not as many as those before.
func digitsOf(text string, before, texts int) int {
	n := 0
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			n++
		}
	}
	if texts > 1 && n != before {
		return 0
	}
	return n
}

// wear follows what surrounds the digits, and reports whether it is the same as before.
func (t *dressedStatistics) wear(u undressed, cell string) bool {
	if t.style.Negative == "" {
		t.style.Negative = u.negative
	}
	if u.prefix == "" && u.suffix == "" {
		return true
	}
	t.worn++
	if t.worn == 1 {
		t.example = strings.Clone(cell)
		t.style.Prefix, t.style.Suffix = strings.Clone(u.prefix), strings.Clone(u.suffix)
		return true
	}
	if !t.style.wears(u) {
		t.other = strings.Clone(cell)
		return false
	}
	return true
}

// dressed returns the statistics of the column as one of plain numbers, and the style that
// they are written in, if all cells are numbers in one style and some is not a plain one.
func (t *columnStatistics) dressed(like *Style) (*columnStatistics, *Style) {
	d := &t.dress
	fit := d.strict
	if fit&pointMarks == 0 && d.lenient&pointMarks != 0 { // a cell without its mark is likelier than three decimals in all others
		fit = d.lenient & pointMarks
	}
	if fit == 0 {
		fit = d.lenient
	}
	if like != nil {
		fit = 0
		for k, m := range allMarks {
			if m == (marks{cmpOr(like.Decimal, "."), like.Thousands}) {
				fit = d.lenient & (1 << k)
			}
		}
	}
	if t.texts == 0 || d.stopped || fit == 0 || d.worn > 0 && 2*d.worn < t.rows-t.missing {
		return nil, nil
	}
	k := 0
	for fit>>k&1 == 0 {
		k++
	}
	plain, style := *t, d.style
	if plain.numbers.merge(&d.byPoint); k >= commaKinds {
		plain.numbers = d.byComma
	}
	if plain.numbers.leadingZero || d.worn == 0 && d.length >= sameDigits && plain.numbers.digits.Max == 0 && t.numbers.count == 0 {
		return nil, nil
	}
	plain.numbers.jumps, plain.numbers.descent = true, true
	plain.texts, plain.firstText, plain.firstNumber = 0, foundCell{}, t.firstText
	if m := allMarks[k]; m.decimal != "." || m.thousands != "" {
		style.Decimal, style.Thousands = strings.TrimPrefix(m.decimal, "."), m.thousands
	}
	plain.otherReading = fit&pointMarks != 0 && (d.strict|d.lenient)&commaMarks != 0 && like == nil &&
		(plain.numbers.max != d.byComma.max || plain.numbers.min != d.byComma.min)
	return &plain, &style
}

// ambiguity says how the marks of a column were read if they have another meaning as well.
func (d *inference) ambiguity() string {
	if !d.t.otherReading {
		return ""
	}
	if d.dressed.Thousands == "," {
		return "every comma is followed by three digits, and taken to separate thousands; set the style to \"decimal\": \",\" in the metadata if commas are decimal"
	}
	return fmt.Sprintf("points, as in %s, are taken to be decimal; set the style to \"decimal\": \",\", \"thousands\": \".\" in the metadata if they separate thousands", suggest.Quote(d.first()))
}
