package datasets

import (
	"math"
	"strings"
)

// spelling is how the plain numbers of a column are written.
type spelling struct {
	exponents    int    // cells with one
	letter       byte   // before the exponent
	width        int    // fewest digits of it
	plusSign     bool   // before a positive exponent
	sameForm     bool   // all of them follow the same letter and a mantissa with a point
	significant  Digits // of cells with an exponent
	codes        bool   // an exponent as in 12E3, which is a code
	length       int    // of all cells, 0 when they differ
	whole        int    // cells of digits alone
	unsigned     int    // cells with an exponent of digits alone: 1E10
	zeros        int    // most digits after the point of a cell that ends in 0
	plus, bare   int    // cells such as +1, .5
	noPlus       int    // positive cells without a sign
	zeroFirst    int    // cells such as 0.5
	cells        int
	pointless    bool // some whole number has decimals
	bareWhole    bool // some whole number but 0 has none
	fractions    int  // cells with digits after the point
	long         int  // of them, with about as many digits as a float64 holds
	most, atMost int  // most digits after the point, and how many cells have as many
	fewest       int  // digits after the point, of cells that have some
}

func (t *spelling) add(v float64, digits int, cell string) {
	if t.cells == 0 {
		t.length = len(cell)
	} else if t.length != len(cell) {
		t.length = 0
	}
	t.cells++
	body := cell
	if cell[0] == '+' || cell[0] == '-' {
		body = body[1:]
	}
	point, e, first := -1, -1, len(body) // first is that of the first digit but zeros
	for i := range len(body) {
		switch c := body[i]; {
		case c == '.':
			point = i
		case c == 'e' || c == 'E':
			e = i
		case c > '0' && c <= '9' && first == len(body):
			first = i
		}
	}
	if cell[0] == '+' {
		t.plus++
	} else if v > 0 {
		t.noPlus++
	}
	switch {
	case point < 0:
		t.bareWhole = t.bareWhole || v != 0
	case point == 0:
		t.bare++
	case point == 1 && body[0] == '0':
		t.zeroFirst++
	}
	t.pointless = t.pointless || point >= 0 && v == math.Trunc(v)
	if digits > 0 {
		t.addFraction(digits, len(body)-first)
	}
	switch {
	case e >= 0:
		t.addExponent(body[:e], body[e:], len(body) == len(cell))
	case digits == 0 && len(body) == len(cell):
		t.whole++
	case digits > 1 && body[len(body)-1] == '0':
		t.zeros = max(t.zeros, digits)
	}
}

// addFraction adds a number with digits after the point, of about long digits in all.
func (t *spelling) addFraction(digits, long int) {
	if t.fractions == 0 || digits < t.fewest {
		t.fewest = digits
	}
	t.fractions++
	if digits > t.most {
		t.most, t.atMost = digits, 0
	}
	if digits == t.most {
		t.atMost++
	}
	if long >= maxDecimals {
		t.long++
	}
}

func (t *spelling) addExponent(mantissa, exponent string, unsigned bool) {
	digits := strings.TrimLeft(exponent[1:], "+-")
	point, n := strings.Contains(mantissa, "."), len(mantissa)
	if point {
		n--
	}
	if t.exponents == 0 {
		t.letter, t.width, t.sameForm, t.significant = exponent[0], len(digits), true, Digits{n, n}
	}
	t.exponents++
	t.width = min(t.width, len(digits))
	t.plusSign = t.plusSign || exponent[1] == '+'
	t.sameForm = t.sameForm && point && exponent[0] == t.letter
	t.significant = Digits{min(t.significant.Min, n), max(t.significant.Max, n)}
	if unsigned && !point && len(digits) == len(exponent)-1 {
		t.unsigned++
		t.codes = t.codes || exponent[0] == 'E' && n > 1
	}
}

// full reports whether numbers are not rounded: most have about as many digits as a float64
// holds, wherever the point is.
func (t *spelling) full() bool {
	return t.long > 0 && 2*t.long >= t.fractions && 3*t.atMost < 2*t.fractions
}

// scientific reports whether all numbers are written with an exponent and a point.
func (t *spelling) scientific() bool { return t.exponents > 0 && t.exponents == t.cells && t.sameForm }

// areCodes says why numbers are codes, or "". distinct is the number of different cells, 0 if
// there are very many.
func (t *spelling) areCodes(distinct int) string {
	const few = 100
	switch {
	case t.codes, t.unsigned > 0 && t.length > 2 && t.unsigned+t.whole == t.cells && t.whole > 0:
		return "numbers such as 12E3 among whole ones are codes"
	case t.zeros > t.fewest && t.zeros > 1 && distinct > 0 && distinct <= few && t.cells >= 2*distinct:
		return "numbers such as 1.10 beside 1.9 are codes"
	}
	return ""
}

// style returns the style of the numbers, or nil for plain ones. dressed is the style of
// what surrounds them, or nil.
func (t *spelling) style(dressed *Style, digits Digits, integer bool) *Style {
	var s Style
	if dressed != nil {
		s = *dressed
	}
	s.Plus = t.plus > 0 && t.noPlus == 0
	s.Bare = t.bare > 0 && t.zeroFirst == 0
	if digits.Min == 0 && digits.Max > 0 && t.zeros == digits.Max && t.fewest == digits.Max {
		switch {
		case !t.bareWhole:
			s.Whole = wholeZero
		case !t.pointless:
			s.Whole = wholeAll
		}
	}
	switch {
	case t.scientific():
		significant := t.significant
		s.Exponent, s.Significant = string(t.letter), &significant
		if t.plusSign {
			s.Exponent += "+"
		}
		s.Exponent += strings.Repeat("0", min(t.width, 4))
	case digits.Max == Shortest && t.exponents == 0 && !integer:
		s.Exponent = noExponent
	}
	if s == (Style{}) {
		return nil
	}
	return &s
}
