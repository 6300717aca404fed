package sbi

import "testing"

// A network pays by its mean over the rows. A row that is far off counts as 20 nats.
func TestPays(t *testing.T) {
	rows := func(n int, by float64, off ...float64) []float64 {
		e := make([]float64, n)
		for i := range e {
			e[i] = by + 0.5*float64(i%3-1)
		}
		copy(e, off)
		return e
	}
	many := make([]float64, 12)
	for i := range many {
		many[i] = -1000
	}
	for name, c := range map[string]struct {
		e    []float64
		want bool
	}{
		"better":            {rows(300, 0.3), true},
		"worse":             {rows(300, -0.1), false},
		"equal":             {rows(300, 0), false},
		"but for one row":   {rows(300, 0.3, -1e7), true},
		"but for one in 25": {rows(300, 0.3, many...), false},
	} {
		base := make([]float64, len(c.e))
		floored(c.e, base)
		if got := pays(c.e, base); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A member that is no better than its base is left out where others are.
func TestMembersThatGaveUpAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		gaveUp []bool
		want   int
	}{{[]bool{false, true, false}, 2}, {[]bool{true, true}, 2}, {[]bool{false}, 1}, {[]bool{true, false, true}, 1}} {
		var all []result
		for _, g := range c.gaveUp {
			all = append(all, result{gaveUp: g})
		}
		if got := len(better(all)); got != c.want {
			t.Errorf("%v: %d are left, want %d", c.gaveUp, got, c.want)
		}
	}
}
