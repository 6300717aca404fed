package datasets

import (
	"math"
	"strconv"
	"testing"

	"tweedie/internal/stream"
)

// Rounding is that of the text, and leaves numbers alone whose digits a float64 does not
// hold.
func TestDecimalRound(t *testing.T) {
	for _, c := range []struct {
		decimals int
		integer  bool
		v, want  float64
	}{
		{2, false, 1.234, 1.23}, {2, false, 1.236, 1.24}, {2, false, -1.236, -1.24}, {2, false, -0.001, 0}, {0, true, 2.5, 3}, {0, true, -0.4, 0},
		{1, true, 7.4, 7}, {Shortest, false, 1.23456, 1.23456}, {Shortest, true, 1.6, 2}, {0, false, 2.4, 2},
	} {
		if got := newDecimal(c.decimals, c.integer).round(c.v); got != c.want || math.Signbit(got) != math.Signbit(c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
	r := stream.New(3, "datasets/test")
	for _, decimals := range []int{1, 2, 6, 15} {
		f := newDecimal(decimals, false)
		for range 2000 {
			if v := exact / f.pow * (1 + 999*r.Float64()); f.round(v) != v {
				t.Fatalf("%d decimals: %v is rounded to %v", decimals, v, f.round(v))
			}
			v := safe / f.pow * (2*r.Float64() - 1)
			text := strconv.FormatFloat(v, 'f', decimals, 64)
			if want, _ := strconv.ParseFloat(text, 64); math.Abs(f.round(v)-want) > 1.5/f.pow || f.round(f.round(v)) != f.round(v) {
				t.Fatalf("%d decimals: %v is rounded to %v, and written %s", decimals, v, f.round(v), text)
			}
			if got := string(f.append(nil, f.round(v))); got != strconv.FormatFloat(f.round(v), 'f', decimals, 64) && got[0] != '0' {
				t.Fatalf("%d decimals: %v is written %s", decimals, f.round(v), got)
			}
		}
	}
}

func TestDecimalAppend(t *testing.T) {
	for _, c := range []struct {
		decimals int
		integer  bool
		v        float64
		want     string
	}{
		{2, false, 1.5, "1.50"}, {2, false, -0.05, "-0.05"}, {2, false, 0, "0.00"}, {0, true, -12, "-12"}, {1, true, 7, "7.0"}, {3, false, 12.0625, "12.063"},
		{2, false, 41234567890.55, "41234567890.55"}, {2, false, 1e20, "100000000000000000000.00"}, {2, false, -1e17, "-100000000000000000.00"},
		{0, true, 1e20, "100000000000000000000"}, {Shortest, false, 0.1, "0.1"}, {Shortest, false, 4907596.207055976, "4907596.207055976"},
		{Shortest, false, 1e-4, "0.0001"}, {Shortest, false, 1e-5, "1e-05"}, {Shortest, false, 1e16, "1e+16"}, {Shortest, false, 1e15, "1000000000000000"},
		{Shortest, true, 1e20, "100000000000000000000"}, {Shortest, true, 1e21, "1e+21"}, {Shortest, false, 0, "0"}, {Shortest, false, -2.5, "-2.5"},
	} {
		if got := string(newDecimal(c.decimals, c.integer).append([]byte("x"), c.v)); got != "x"+c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for cell, want := range map[string]struct {
		v        float64
		decimals int
		is       cellKind
	}{
		"1.50": {1.5, 2, isNumber}, "1e-3": {0.001, 3, isNumber}, "1.5e1": {15, 0, isNumber}, "1.25e1": {12.5, 1, isNumber}, "-7": {-7, 0, isNumber}, "1E2": {100, 0, isNumber},
		".5": {0.5, 1, isNumber}, "5.": {5, 0, isNumber}, "1e999": {0, 0, isTooLarge}, "inf": {0, 0, isText}, "nan": {0, 0, isText}, "0x10": {0, 0, isText},
		"1_000": {0, 0, isText}, "": {0, 0, isText}, "1,5": {0, 0, isText},
	} {
		if v, decimals, is := parseNumber(cell); v != want.v || decimals != want.decimals || is != want.is {
			t.Errorf("%q: %v, %d decimals, %v", cell, v, decimals, is)
		}
	}
}
