package sample

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// The start at t has the moments α m and α² v + σ² of a law, those of the prior at t = 1 where
// nothing is known, and unit ones elsewhere. The moments of the data come back from it.
func TestTerminalMatchesMoments(t *testing.T) {
	g, err := sde.NewGaussian([]float64{2, -3}, mat.NewSymDense(2, []float64{0.25, 0.1, 0.1, 4}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []float64{0.1, 0.4, 1} {
		c, p := sde.VP{}.Coeff(u), TerminalOf(g, u)
		for j, m := range []float64{2, -3} {
			v := []float64{0.25, 4}[j]
			if sd := math.Sqrt(c.Alpha*c.Alpha*v + c.Sigma*c.Sigma); math.Abs(p.Mean[j]-c.Alpha*m) > 1e-12 || math.Abs(p.SD[j]-sd) > 1e-12 {
				t.Errorf("t = %g: N(%g, %g²), want N(%g, %g²)", u, p.Mean[j], p.SD[j], c.Alpha*m, sd)
			}
		}
	}
	if p := TerminalOf(free{1}, 0.4); p.Mean[0] != 0 || math.Abs(p.SD[0]-1) > 1e-12 {
		t.Errorf("of an unknown denoiser: N(%g, %g²)", p.Mean[0], p.SD[0])
	}
	mean, variance, cov := dataMoments(g)
	if math.Abs(mean[1]+3) > 1e-9 || math.Abs(variance[1]-4) > 1e-9 || cov.At(0, 1) != 0.1 {
		t.Errorf("data moments %v, %v", mean, variance)
	}
}
