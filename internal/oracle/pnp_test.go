package oracle

import (
	"math"
	"testing"
)

// The golden values of an independent program, as printed.
func TestDiffPIRHasTheGoldenValues(t *testing.T) {
	for _, c := range []struct {
		c, lambda float64
		n         int
		mean, v   float64
	}{
		{1, 1, 64, 1.2236, 0.0818}, {1, 1, 1000, 1.2037, 0.0968}, {1, 8, 64, 0.5743, 0.2861}, {1, 8, 1000, 0.5115, 0.3256},
		{4, 1, 64, 1.4143, 0.1003}, {4, 1, 1000, 1.4121, 0.1147}, {4, 8, 64, 1.0313, 0.5880}, {4, 8, 1000, 1.0046, 0.6542},
	} {
		o := Observed{c.c, 1.5, 0.25}
		if m, v := o.DiffPIR(c.n, c.lambda, 1); math.Abs(m-c.mean) > 5e-5 || math.Abs(v-c.v) > 5e-5 {
			t.Errorf("C = %g, lambda %g, %d steps: %.4f, %.4f, want %.4f, %.4f", c.c, c.lambda, c.n, m, v, c.mean, c.v)
		}
		if m, v := o.DiffPIR(c.n, c.lambda, 1.05); math.Abs(m-c.mean) < 5e-5 && math.Abs(v-c.v) < 5e-5 {
			t.Errorf("C = %g, lambda %g, %d steps: 5 %% more lambda passes", c.c, c.lambda, c.n)
		}
	}
}
