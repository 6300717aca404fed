package sde

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Differences give the pullback of a law, to their own error and no better, with a
// time for each row.
func TestDifferencesAreDerivatives(t *testing.T) {
	a, err := NewGaussian([]float64{-1, 0.5}, mat.NewSymDense(2, []float64{0.4, 0.1, 0.1, 0.3}), VP{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewGaussian([]float64{1.2, -0.4}, mat.NewSymDense(2, []float64{0.2, 0, 0, 0.5}), VP{})
	if err != nil {
		t.Fatal(err)
	}
	law, err := NewMixture([]float64{0.6, 0.4}, []*Gaussian{a, b})
	if err != nil {
		t.Fatal(err)
	}
	x, v := mat.NewDense(3, 2, []float64{0.1, 0.2, -1, 1, 0.5, -0.5}), mat.NewDense(3, 2, []float64{1, 2, -1, 0.5, 0, 3})
	mean, got, want := mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
	for _, ts := range [][]float64{{0.3}, {0.05, 0.4, 0.9}} {
		exact, err := law.Linearize(mean, x, ts)
		if err != nil || exact(want, v) != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ rel, tol float64 }{{0, 1e-6}, {1e-2, 1e-1}} {
			pull, err := ByDifferences(law, c.rel).Linearize(got, x, ts)
			if err != nil || !mat.Equal(got, mean) {
				t.Fatalf("means differ (%v)", err)
			}
			if err := pull(got, v); err != nil {
				t.Fatal(err)
			}
			var diff mat.Dense
			diff.Sub(got, want)
			if e := mat.Max(&diff) - mat.Min(&diff); !(e <= c.tol) || c.rel > 0 && e < 1e-6 {
				t.Errorf("t = %v, step %g: off by %g", ts, c.rel, e)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a step that is no number: no panic")
		}
	}()
	ByDifferences(law, math.NaN())
}
