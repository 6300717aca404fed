package datasets

import (
	"math"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// A half is a floating-point number of 16 bits: a sign, 5 bits of exponent and 10 of
// fraction (IEEE 754 binary16), in Parquet with its low byte first.

// halfBits returns the bits of a value of two bytes.
func halfBits(v parquet.Value) uint16 {
	b := v.ByteArray()
	return uint16(b[0]) | uint16(b[1])<<8
}

func fromHalf(h uint16) float64 {
	v, e := float64(h&0x3ff), int(h>>10&0x1f)
	switch e {
	case 0:
		v = math.Ldexp(v, -24)
	case 0x1f:
		if v = math.NaN(); h&0x3ff == 0 {
			v = math.Inf(1)
		}
	default:
		v = math.Ldexp(v+0x400, e-25)
	}
	if h&0x8000 != 0 {
		v = -v
	}
	return v
}

// toHalf returns the half nearest to v, the largest for numbers beyond; v is finite.
func toHalf(v float64) uint16 {
	sign := uint16(0)
	if math.Signbit(v) {
		sign, v = 0x8000, -v
	}
	if v == 0 {
		return sign
	}
	_, e := math.Frexp(v)
	e = max(e, -13)                            // of the smallest normal number
	n := math.RoundToEven(math.Ldexp(v, 11-e)) // at most 2^11
	h := int(n) + max(0, e+13)<<10             // a carry raises the exponent
	return sign | uint16(min(h, 0x7bff))
}

// appendHalf appends the shortest text that identifies a half.
func appendHalf(b []byte, h uint16) []byte {
	v := fromHalf(h)
	for digits := 1; digits < 6; digits++ {
		s := strconv.FormatFloat(v, 'e', digits-1, 64)
		if w, _ := strconv.ParseFloat(s, 64); toHalf(w) == h && math.Abs(w) <= 65504 && !math.IsInf(v, 0) { // the largest stands for all beyond
			return appendFloat(b, w, 64)
		}
	}
	return appendFloat(b, v, 64)
}
