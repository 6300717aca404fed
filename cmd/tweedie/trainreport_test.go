package main

import (
	"math"
	"testing"
)

func TestInterval(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{{-inf, inf, "any number"}, {0, inf, "from 0"}, {-inf, 1.5, "up to 1.5"}, {-1, 2, "-1 to 2"}} {
		if got := interval(c.lo, c.hi); got != c.want {
			t.Errorf("from %g to %g is %q, want %q", c.lo, c.hi, got, c.want)
		}
	}
}
