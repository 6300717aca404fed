package numeric

import (
	"math"
	"testing"
)

func TestExpSum(t *testing.T) {
	var x, want []float64
	sum := 0.0
	for i := range 200_001 {
		v := -70 * float64(i) / 200_000
		x = append(x, v+3)
		e := math.Exp((v + 3) - 3)
		if v+3-3 < LeastExponent {
			e = 0
		}
		want, sum = append(want, e), sum+e
	}
	got := ExpSum(x, 3)
	worst := 0.0
	for i := range x {
		if want[i] == 0 {
			if x[i] != 0 {
				t.Fatalf("%g below the least", x[i])
			}
			continue
		}
		worst = max(worst, math.Abs(x[i]/want[i]-1))
	}
	if worst > 5e-16 || math.Abs(got/sum-1) > 1e-12 {
		t.Errorf("off by %g relative, the sum by %g", worst, got/sum-1)
	}
	for _, c := range []struct{ v, want float64 }{{0, 1}, {math.Inf(-1), 0}, {-math.Ln2, 0.5}, {-69.01, 0}} {
		x := []float64{c.v}
		if s := ExpSum(x, 0); math.Abs(s-c.want) > 1e-16 || x[0] != s {
			t.Errorf("e^%g is %g", c.v, s)
		}
	}
	if s := ExpSum([]float64{0, math.NaN()}, 0); !math.IsNaN(s) {
		t.Errorf("with NaN the sum is %g", s)
	}
}

func BenchmarkExpSum(b *testing.B) {
	x, y := make([]float64, 128), make([]float64, 128)
	for i := range x {
		x[i] = -60 * float64(i) / 128
	}
	b.Run("table", func(b *testing.B) {
		for b.Loop() {
			copy(y, x)
			ExpSum(y, 0)
		}
	})
	b.Run("math.Exp", func(b *testing.B) {
		for b.Loop() {
			s := 0.0
			for i, v := range x {
				y[i] = math.Exp(v)
				s += y[i]
			}
			_ = s
		}
	})
}
