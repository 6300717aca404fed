package sde_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/sde"
)

func TestParseOverTime(t *testing.T) {
	for _, s := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.Cosine{}} {
		c := s.Coeff(0.3)
		r := c.Sigma / c.Alpha
		for text, want := range map[string]float64{"2": 2, "0.3*(1-t)": 0.21, "sigma": r, "lambda": -math.Log(r), "min(sigma, t) + exp(-lambda)": math.Min(r, 0.3) + r} {
			f, err := sde.ParseOverTime(text, s)
			if err != nil {
				t.Fatal(err)
			}
			if got := f(0.3); math.Abs(got-want) > 1e-12*math.Max(1, want) {
				t.Errorf("%T: %s is %g, want %g", s, text, got, want)
			}
			if n := testing.AllocsPerRun(10, func() { f(0.3) }); n > 0 {
				t.Errorf("%s: %g allocations", text, n)
			}
		}
	}
	if f, err := sde.ParseOverTime("1-t", nil); err != nil || f(0.25) != 0.75 {
		t.Error(err)
	}
	for text, want := range map[string]string{"sigma": "no schedule", "lambda*t": "no schedule", "tt": `no variable "tt"`, "": "empty", "1-": "the end"} {
		if _, err := sde.ParseOverTime(text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	f, err := sde.ParseOverTime("lambda", sde.VP{})
	if err != nil || !math.IsInf(f(0), 1) {
		t.Errorf("lambda at 0: %v", err)
	}
}
