package datasets

import (
	"math"
	"strconv"
	"testing"
)

// Halves have the values of IEEE 754, every one comes back from its text, and each
// number becomes the nearest.
func TestHalf(t *testing.T) {
	for h, want := range map[uint16]float64{0: 0, 1: 0x1p-24, 0x3ff: 0x3ffp-24, 0x400: 0x1p-14, 0x3c00: 1, 0x3c01: 1 + 0x1p-10, 0x7bff: 65504, 0xc100: -2.5} {
		if got := fromHalf(h); got != want {
			t.Errorf("%#x is %v, want %v", h, got, want)
		}
	}
	for h := range uint16(0x7c00) {
		for _, sign := range []uint16{0, 0x8000} {
			v := fromHalf(h | sign)
			if got := toHalf(v); got != h|sign {
				t.Fatalf("%v is %#x, want %#x", v, got, h|sign)
			}
			text := string(appendHalf(nil, h|sign))
			w, err := strconv.ParseFloat(text, 64)
			if err != nil || toHalf(w) != h|sign || len(text) > 16 {
				t.Fatalf("%v is written %s: %v", v, text, err)
			}
		}
		if h > 0 { // the number between two is rounded to the even one
			middle := (fromHalf(h-1) + fromHalf(h)) / 2
			even := h &^ 1
			if got := toHalf(middle); got != even {
				t.Fatalf("%v is %#x, want %#x", middle, got, even)
			}
			if got := toHalf(math.Nextafter(middle, 1e9)); got != h {
				t.Fatalf("beyond %v is %#x, want %#x", middle, got, h)
			}
		}
	}
	if got := string(appendHalf(nil, 0x2e66)); got != "0.1" {
		t.Errorf("0x2e66 is %s, want 0.1", got)
	}
	if got := toHalf(1e6); got != 0x7bff {
		t.Errorf("1e6 is %#x", got)
	}
	if v := fromHalf(0x7e00); v == v {
		t.Error("0x7e00 is a number")
	}
}
