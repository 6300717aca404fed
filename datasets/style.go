package datasets

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

// Style is how the numbers of a column are written, where that is not as plain decimal
// numbers: with a currency, a percent sign, separators, a form of its own for negative
// numbers, or an exponent.
type Style struct {
	Prefix    string `json:"prefix,omitempty"`    // before the digits: "$", "EUR "
	Suffix    string `json:"suffix,omitempty"`    // behind them: " %", " €"
	Decimal   string `json:"decimal,omitempty"`   // mark of decimals; "" means a point
	Thousands string `json:"thousands,omitempty"` // between groups of three digits
	// Negative is how -1 is written, without its digit: "-" for a sign before the prefix, "p-"
	// for one behind it, "()" for parentheses; "" means "-". The sign may be "−".
	Negative string `json:"negative,omitempty"`
	Plus     bool   `json:"plus,omitempty"` // a sign before positive numbers
	Bare     bool   `json:"bare,omitempty"` // no zero before the mark: .5
	// Whole says which whole numbers are written without decimals, while all others have as
	// many as Digits.Max: "all" or "zero"; "" means that zeros at the end are left away.
	Whole string `json:"whole,omitempty"`
	// Exponent is how 10^0 is written: "e+00", "E0". "" is no exponent but beyond 10^16 and
	// below 10^-4 in columns that are not rounded, and "never" not even there.
	Exponent    string  `json:"exponent,omitempty"`
	Significant *Digits `json:"significant,omitempty"` // digits of a number with exponent
}

const (
	noExponent = "never"
	wholeAll   = "all"
	wholeZero  = "zero"
)

// round returns the number nearest to v that has Significant digits.
func (s *Style) round(v float64) float64 {
	if s == nil || s.Significant == nil || s.Significant.Max > 16 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	var b [32]byte
	r, _ := strconv.ParseFloat(string(strconv.AppendFloat(b[:0], v, 'e', max(s.Significant.Max, 1)-1, 64)), 64)
	return r
}

// dress appends the text of a number, of which number is the plain text.
func (s *Style) dress(b []byte, number []byte) []byte {
	text := string(number)
	if i := strings.IndexAny(text, "e"); i >= 0 && s.Exponent != "" && s.Exponent != noExponent {
		exponent, _ := strconv.Atoi(text[i+1:])
		text = text[:i] + s.exponent(exponent)
	}
	digits, negative := strings.CutPrefix(text, "-")
	sign, parentheses := strings.TrimPrefix(s.Negative, "p"), s.Negative == "()"
	if sign == "" {
		sign = "-"
	}
	if !negative {
		sign, parentheses = "", false
		if s.Plus && strings.ContainsAny(digits, "123456789") {
			sign = "+"
		}
	}
	switch {
	case parentheses:
		b = append(append(b, '('), s.Prefix...)
	case strings.HasPrefix(s.Negative, "p"):
		b = append(append(b, s.Prefix...), sign...)
	default:
		b = append(append(b, sign...), s.Prefix...)
	}
	b = append(s.group(b, digits), s.Suffix...)
	if parentheses {
		b = append(b, ')')
	}
	return b
}

// group appends digits with the marks of the style.
func (s *Style) group(b []byte, digits string) []byte {
	whole, rest := digits, ""
	if i := strings.IndexAny(digits, ".eE"); i >= 0 {
		whole, rest = digits[:i], digits[i:]
	}
	if s.Bare && whole == "0" && strings.HasPrefix(rest, ".") {
		whole = ""
	}
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, s.Thousands...)
		}
		b = append(b, whole[i])
	}
	if fraction, is := strings.CutPrefix(rest, "."); is && s.Decimal != "" {
		return append(append(b, s.Decimal...), fraction...)
	}
	return append(b, rest...)
}

// exponent writes 10^e as the style does.
func (s *Style) exponent(e int) string {
	letter, zero := s.Exponent[:1], strings.TrimLeft(s.Exponent[1:], "+")
	sign := ""
	if e < 0 {
		sign, e = "-", -e
	} else if len(zero) < len(s.Exponent)-1 {
		sign = "+"
	}
	digits := strconv.Itoa(e)
	return letter + sign + strings.Repeat("0", max(0, len(zero)-len(digits))) + digits
}

// parse reads a number in the style, or a plain one.
func (s *Style) parse(cell string) (v float64, is cellKind) {
	if u, ok := undress(cell); ok && s.wears(u) {
		if text, _, _, ok := plainNumber(u.digits, cmpOr(s.Decimal, "."), s.Thousands); ok {
			v, _, is = parseNumber(text)
			if u.negative != "" {
				v = -v
			}
			return v, is
		}
	}
	v, _, is = parseNumber(cell)
	return v, is
}

// wears reports whether what surrounds the digits is of the style. It may be left away.
func (s *Style) wears(u undressed) bool {
	prefix, suffix := trimSpaces(u.prefix), trimSpaces(u.suffix)
	return prefix == "" && suffix == "" || prefix == trimSpaces(s.Prefix) && suffix == trimSpaces(s.Suffix)
}

func cmpOr(s, t string) string {
	if s == "" {
		return t
	}
	return s
}

// plainNumber turns digits with marks into a number of Go, and counts its decimals.
// strict reports that all groups of thousands are separated.
func plainNumber(digits, decimal, thousands string) (text string, decimals int, strict, ok bool) {
	whole, fraction, has := strings.Cut(digits, decimal)
	if !onlyDigits(fraction) || has && fraction == "" || whole == "" && !has {
		return "", 0, false, false
	}
	strict = thousands == "" || len(whole) <= 3
	if !onlyDigits(whole) {
		if thousands == "" {
			return "", 0, false, false
		}
		groups := strings.Split(whole, thousands)
		for i, g := range groups {
			if !onlyDigits(g) || i == 0 && g[:min(1, len(g))] == "0" || i > 0 && len(g) != 3 || len(g) == 0 || len(g) > 3 {
				return "", 0, false, false
			}
		}
		whole, strict = strings.Join(groups, ""), true
	}
	if has {
		return whole + "." + fraction, len(fraction), strict, true
	}
	return whole, 0, strict, true
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// quotes reports whether a text in the style may need quotes in a file.
func (s *Style) quotes() bool { return needsQuotes(s.Prefix + s.Suffix + s.Decimal + s.Thousands) }

func (s *Style) invalid() string {
	for _, part := range []string{s.Prefix, s.Suffix, s.Decimal, s.Thousands} {
		if len(part) > 16 || strings.ContainsAny(part, "0123456789\n\r\x1b") {
			return "an impossible style of numbers"
		}
	}
	zero := strings.TrimPrefix(strings.TrimLeft(s.Exponent, "eE"), "+")
	switch {
	case !slices.Contains([]string{"", wholeAll, wholeZero}, s.Whole), !slices.Contains([]string{"", "-", "−", "p-", "p−", "()"}, s.Negative), cmpOr(s.Decimal, ".") == s.Thousands,
		s.Exponent != "" && s.Exponent != noExponent && (strings.Trim(zero, "0") != "" || zero == "" || len(s.Exponent) > 6 || !strings.ContainsAny(s.Exponent[:1], "eE")),
		s.Significant != nil && (s.Significant.Min < 0 || s.Significant.Max < 1 || s.Significant.Min > s.Significant.Max || s.Significant.Max > 17):
		return "an impossible style of numbers"
	}
	return ""
}

// describe says in words what the style is.
func (s *Style) describe() string {
	var parts []string
	add := func(what, mark string) {
		if mark != "" {
			parts = append(parts, what+suggest.Quote(mark))
		}
	}
	add("", s.Prefix+s.Suffix)
	add("decimal mark ", s.Decimal)
	add("thousands ", s.Thousands)
	if s.Significant != nil {
		parts = append(parts, fmt.Sprintf("%d significant digits", s.Significant.Max))
	}
	if len(parts) == 0 {
		return ""
	}
	return "written with " + strings.Join(parts, ", ")
}
