package oracle

import (
	"math"
	"testing"
)

// The golden values of an independent program, as printed.
func TestGuidedRecursionsHaveTheGoldenValues(t *testing.T) {
	for _, c := range []struct {
		c       float64
		n       int
		name    string
		v       Spread
		mean, s float64
	}{
		{1, 64, "prior", Unguided, 0, 0.8675},
		{1, 64, "MMPS", MMPS, 1.2, 0.1577},
		{1, 64, "PiGDM", PiGDM(1), 1.2, 0.1577},
		{1, 64, "DPS", DPS, 1.4802, 0.0852},
		{1, 1000, "prior", Unguided, 0, 0.9897},
		{1, 1000, "MMPS", MMPS, 1.2, 0.1961},
		{1, 1000, "PiGDM", PiGDM(1), 1.2, 0.1961},
		{1, 1000, "DPS", DPS, 1.4730, 0.1213},
		{4, 64, "prior", Unguided, 0, 3.5880},
		{4, 64, "MMPS", MMPS, 1.4118, 0.1880},
		{4, 64, "PiGDM", PiGDM(1), 1.4887, 0.1500},
		{4, 64, "DPS", DPS, 1.5, 0.0830},
		{4, 1000, "prior", Unguided, 0, 3.9705},
		{4, 1000, "MMPS", MMPS, 1.4118, 0.2310},
		{4, 1000, "PiGDM", PiGDM(1), 1.4859, 0.1937},
		{4, 1000, "DPS", DPS, 1.5, 0.1211},
	} {
		o := Observed{c.c, 1.5, 0.25}
		m, v := o.Ancestral(c.n, c.v, 1, 1, true)
		if math.Abs(m-c.mean) > 5e-5 || math.Abs(v-c.s) > 5e-5 {
			t.Errorf("C = %g, N = %d, %s: %.4f, %.4f, want %.4f, %.4f", c.c, c.n, c.name, m, v, c.mean, c.s)
		}
		if m, v := o.Ancestral(c.n, c.v, 1.05, 1, true); c.name == "PiGDM" && math.Abs(m-c.mean) < 5e-5 && math.Abs(v-c.s) < 5e-5 {
			t.Errorf("C = %g, N = %d, %s: 5 %% more strength passes", c.c, c.n, c.name)
		}
	}
}

// The closed forms solve the moment equations dv/ds² of the two processes.
func TestCFGVariancesSolveTheirEquations(t *testing.T) {
	for _, w := range []float64{1, 2, 3, 5} {
		for eta, want := range []float64{CFGFlow(w), CFGReverse(w)} {
			v := 1e8
			const n = 40000
			for k := range n {
				// by the exact factors of the linear drift over one interval of s²
				at := func(k int) float64 { return 1e8*math.Pow(1e-14, float64(k)/n) - 1e-6 }
				a, b := at(k), at(k+1)
				f := math.Pow((1+b)/(1+a), w) * math.Pow((2+b)/(2+a), 1-w) // drift of the flow
				if eta == 0 {
					v *= f
					continue
				}
				v = v*f*f + f*(a-b)
			}
			if math.Abs(v-want) > 2e-3*want {
				t.Errorf("w = %g, eta = %d: %.5f, want %.5f", w, eta, v, want)
			}
		}
	}
}
