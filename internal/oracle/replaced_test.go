package oracle

import (
	"math"
	"testing"
)

// The golden values of an independent program, as printed; the truth is .8, .36.
func TestReplacedHasTheGoldenValues(t *testing.T) {
	for _, c := range []struct {
		n, r    int
		mean, v float64
	}{
		{64, 1, 0.4823, 0.4334}, {64, 3, 0.6724, 0.3169}, {64, 10, 0.7598, 0.2504}, {64, 50, 0.7897, 0.2004},
		{1000, 1, 0.4989, 0.4891}, {1000, 3, 0.6866, 0.3943}, {1000, 10, 0.7683, 0.3564}, {1000, 50, 0.7939, 0.3305},
	} {
		m, v := Replaced(0.8, 1, c.n, c.r, 1)
		if math.Abs(m-c.mean) > 5e-5 || math.Abs(v-c.v) > 5e-5 {
			t.Errorf("%d steps, %d times: %.4f, %.4f, want %.4f, %.4f", c.n, c.r, m, v, c.mean, c.v)
		}
		if m, v := Replaced(0.8, 1, c.n, c.r, 0.95); c.r > 1 && math.Abs(m-c.mean) < 5e-5 && math.Abs(v-c.v) < 5e-5 {
			t.Errorf("%d steps, %d times: less noise on the way up passes", c.n, c.r)
		}
	}
}
