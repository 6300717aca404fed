package datasets

import (
	"math"
	"strconv"
	"strings"
)

const (
	maxDecimals = 15      // a float64 holds 15 decimal digits without loss
	exact       = 1 << 53 // integers up to here are float64s
	safe        = 1 << 51 // up to here, (k/10^d) 10^d rounds to the integer k
)

type cellKind int

const (
	isText     cellKind = iota // or NaN, or an infinity
	isNumber                   // finite
	isTooLarge                 // for a float64
)

// parseNumber reads a decimal number and counts its digits after the point (1e-3 has 3).
func parseNumber(cell string) (v float64, decimals int, is cellKind) {
	v, err := strconv.ParseFloat(cell, 64)
	switch {
	case err == nil && (math.IsNaN(v) || math.IsInf(v, 0)):
		return 0, 0, isText
	case err == nil && !strings.ContainsAny(cell, "xX_"): // ParseFloat reads the numbers of Go too
		return v, countDecimals(cell), isNumber
	case err != nil && err.(*strconv.NumError).Err == strconv.ErrRange:
		return 0, 0, isTooLarge
	}
	return 0, 0, isText
}

func countDecimals(cell string) int {
	exponent := 0
	if e := strings.IndexAny(cell, "eE"); e >= 0 {
		exponent, _ = strconv.Atoi(cell[e+1:]) // saturates, which is far beyond maxDecimals
		cell = cell[:e]
	}
	digits := 0
	if p := strings.IndexByte(cell, '.'); p >= 0 {
		digits = len(cell) - p - 1
	}
	if exponent > digits {
		return 0
	}
	return digits - max(exponent, -exact)
}

type decimal struct {
	decimals int
	integer  bool
	pow      float64 // 10^decimals
	date     *dateLayout
}

func newDecimal(decimals int, integer bool) decimal {
	return decimal{decimals: decimals, integer: integer, pow: math.Pow10(max(decimals, 0))}
}

// round returns the value nearest to v that the column can show, as its text reads.
func (f decimal) round(v float64) float64 {
	switch {
	case f.integer:
		return math.Round(v) + 0 // no negative zero
	case f.decimals == Shortest || math.Abs(v)*f.pow >= exact:
		return v
	}
	return math.Round(v*f.pow)/f.pow + 0
}

// append appends the text of a rounded value. It writes digits as an integer, which is
// faster than a fixed number of decimals in strconv.
func (f decimal) append(b []byte, v float64) []byte {
	switch {
	case f.decimals == Shortest && f.integer && math.Abs(v) < 1e21:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case f.decimals == Shortest && (v == 0 || math.Abs(v) >= 1e-4 && math.Abs(v) < 1e16):
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case f.decimals == Shortest:
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	scaled := math.Round(v * f.pow)
	if math.Abs(scaled) >= safe {
		return strconv.AppendFloat(b, v, 'f', f.decimals, 64)
	}
	n := int64(scaled)
	if f.decimals == 0 {
		return strconv.AppendInt(b, n, 10)
	}
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	unit := int64(f.pow)
	b = strconv.AppendInt(b, n/unit, 10)
	// The leading 1 of unit + fraction keeps the zeros after the point; the
	// point takes its place.
	at := len(b)
	b = strconv.AppendInt(b, unit+n%unit, 10)
	b[at] = '.'
	return b
}

// Shortest, as the number of decimals of a column, stands for as many digits
// as identify each value: such columns are not rounded.
const Shortest = -1
