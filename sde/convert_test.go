package sde

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

var targets = []Prediction{X0, Score, Epsilon, Velocity}

func TestConvertRoundTrips(t *testing.T) {
	x, d := []float64{0.3, -2, 5}, []float64{0.1, 1, -1}
	v, back := make([]float64, 3), make([]float64, 3)
	for _, s := range schedules() {
		for _, u := range []float64{0.01, 0.5, 0.99} {
			c := s.Coeff(u)
			for _, from := range targets {
				Convert(v, d, x, c, X0, from)
				for _, to := range targets {
					Convert(back, v, x, c, from, to)
					Convert(back, back, x, c, to, X0) // in place
					for j := range d {
						// D is recovered from numbers of the size of x/α
						if e := math.Abs(back[j] - d[j]); e > 1e-11*(1+math.Abs(x[j])/c.Alpha) {
							t.Errorf("%#v t=%g: %v → %v → x0 off by %g", s, u, from, to, e)
						}
					}
				}
			}
		}
	}
}

// targetError compares the conversions from D with what they must be on a
// Gaussian: its score, and its probability-flow velocity f x - ½ g² score.
func targetError(s SDE, affine func(k Prediction, c Coeff) (p, q float64)) float64 {
	g := randomGaussian(2, 6, s)
	worst := 0.0
	for _, u := range []float64{0.05, 0.5, 0.95} {
		c, ts := s.Coeff(u), []float64{u}
		x := batchAt(g, 3, ts, 2)
		mean, score := mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
		if err := g.Denoise(mean, x, ts); err != nil {
			panic(err)
		}
		g.Score(score, x, ts)
		for i := range 3 {
			for j := range 2 {
				xv, sv := x.At(i, j), score.At(i, j)
				for k, want := range map[Prediction]float64{
					Score: sv, Epsilon: -c.Sigma * sv, Velocity: s.Drift(u)*xv - s.Diffusion2(u)/2*sv,
				} {
					p, q := affine(k, c)
					e := math.Abs(p*xv+q*mean.At(i, j)-want) / (math.Abs(p*xv) + math.Abs(q*mean.At(i, j)))
					worst = math.Max(worst, e)
				}
			}
		}
	}
	return worst
}

func TestTargetsOfAGaussian(t *testing.T) {
	for _, s := range schedules() {
		if e := targetError(s, Prediction.Affine); !(e < 1e-12) {
			t.Errorf("%#v: off by %g", s, e)
		}
	}
	if e := targetError(VP{}, func(k Prediction, c Coeff) (float64, float64) {
		c.DSigma = -c.DSigma
		return k.Affine(c)
	}); e < 1e-3 {
		t.Error("a velocity with σ' of the wrong sign passes")
	}
}

// errorFactorGap compares ErrorFactor with the conversion of two values.
func errorFactorGap(factor func(c Coeff, from, to Prediction) float64) float64 {
	x, a, b := []float64{0.7}, []float64{1.3}, []float64{-0.4}
	worst := 0.0
	for _, s := range schedules() {
		c := s.Coeff(0.4)
		for _, from := range targets {
			for _, to := range targets {
				ca, cb := make([]float64, 1), make([]float64, 1)
				Convert(ca, a, x, c, from, to)
				Convert(cb, b, x, c, from, to)
				got := (ca[0] - cb[0]) * (ca[0] - cb[0]) / ((a[0] - b[0]) * (a[0] - b[0]))
				worst = math.Max(worst, math.Abs(got/factor(c, from, to)-1))
			}
		}
	}
	return worst
}

func TestErrorFactor(t *testing.T) {
	if e := errorFactorGap(ErrorFactor); !(e < 1e-9) {
		t.Errorf("off by %g", e)
	}
	c := VP{}.Coeff(0.3)
	if got, want := ErrorFactor(c, X0, Epsilon), math.Pow(c.Alpha/c.Sigma, 2); math.Abs(got/want-1) > 1e-14 {
		t.Errorf("|ε error|²/|D error|² = %g, want %g", got, want)
	}
	if errorFactorGap(func(c Coeff, from, to Prediction) float64 { return math.Sqrt(ErrorFactor(c, from, to)) }) < 1e-3 {
		t.Error("a factor without its square passes")
	}
}

func TestConvertRowsUsesEachTime(t *testing.T) {
	x := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	d := mat.NewDense(2, 2, []float64{0, 1, -1, 0.5})
	got, want := mat.NewDense(2, 2, nil), make([]float64, 2)
	ts := []float64{0.2, 0.8}
	ConvertRows(got, d, x, VP{}, ts, X0, Velocity)
	for i, u := range ts {
		Convert(want, d.RawRowView(i), x.RawRowView(i), VP{}.Coeff(u), X0, Velocity)
		if got.At(i, 0) != want[0] || got.At(i, 1) != want[1] {
			t.Errorf("row %d: %v, want %v", i, got.RawRowView(i), want)
		}
	}
}

func TestParseTarget(t *testing.T) {
	for _, k := range targets {
		if got, err := ParsePrediction(k.String()); err != nil || got != k {
			t.Errorf("ParseTarget(%q) = %v, %v", k, got, err)
		}
	}
	if _, err := ParsePrediction("noise"); err == nil {
		t.Error("an unknown target is accepted")
	}
}
