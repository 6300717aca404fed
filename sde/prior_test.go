package sde

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestPriorOfThePapers(t *testing.T) {
	for _, c := range []struct {
		s  Schedule
		sd float64
	}{{VP{}, 1}, {SubVP{}, 1}, {VE{}, 50}, {Rectified{}, 1}} {
		p := Prior(c.s, 3)
		for j := range 3 {
			if p.Mean[j] != 0 || math.Abs(p.SD[j]/c.sd-1) > 1e-14 {
				t.Errorf("%T: N(%g, %g²), want N(0, %g²)", c.s, p.Mean[j], p.SD[j], c.sd)
			}
		}
	}
}

// terminalError compares a DiagonalNormal with the exact p_1 of a Gaussian with
// independent coordinates.
func terminalError(p DiagonalNormal, g *Gaussian) float64 {
	x := batchAt(g, 5, []float64{1}, 4)
	got, want := make([]float64, 5), make([]float64, 5)
	p.LogProb(got, x)
	g.LogProb(want, x, []float64{1})
	worst := 0.0
	for i := range got {
		worst = math.Max(worst, math.Abs(got[i]-want[i]))
	}
	return worst
}

func TestTerminalIsExactForGaussians(t *testing.T) {
	mean, variance := []float64{1, -3}, []float64{0.25, 4}
	for _, s := range schedules() {
		g := must(NewGaussian(mean, mat.NewDiagDense(2, variance), s))
		if e := terminalError(MatchedTerminal(s, mean, variance), g); !(e < 1e-12) {
			t.Errorf("%#v: log density off by %g", s, e)
		}
	}
	// The prior of the papers leaves out α(1) x_0: the planted error.
	g := must(NewGaussian(mean, mat.NewDiagDense(2, variance), VP{}))
	if e := terminalError(Prior(VP{}, 2), g); e < 1e-4 {
		t.Errorf("N(0, I) passes for p_1, error %g", e)
	}
}

func TestTerminalSamples(t *testing.T) {
	const n = 20000
	p := DiagonalNormal{[]float64{2, -1}, []float64{0.5, 3}}
	x := mat.NewDense(n, 2, nil)
	p.Sample(x, NewStreams(1, "terminal", 0))
	for j := range 2 {
		var m, v float64
		for i := range n {
			z := (x.At(i, j) - p.Mean[j]) / p.SD[j]
			m += z / n
			v += z * z / n
		}
		// 4 standard errors: sd of z is 1, of z² is √2
		if math.Abs(m) > 4/math.Sqrt(n) || math.Abs(v-1) > 4*math.Sqrt2/math.Sqrt(n) {
			t.Errorf("coordinate %d: standardized mean %g, variance %g", j, m, v)
		}
	}
	logp := make([]float64, 1)
	p.LogProb(logp, mat.NewDense(1, 2, []float64{1, 1}))
	want := distuv.Normal{Mu: 2, Sigma: 0.5}.LogProb(1) + distuv.Normal{Mu: -1, Sigma: 3}.LogProb(1)
	if math.Abs(logp[0]-want) > 1e-14 {
		t.Errorf("log density %g, want %g", logp[0], want)
	}
}
