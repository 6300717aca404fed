package sample

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// A learned slope that is too large, as small errors are at t = 1, leaves variances of x_0
// within the bound, and their correlation; an indefinite one is made a covariance.
func TestEnKGBoundsLearnedSlopes(t *testing.T) {
	g, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	o := sde.Observation{A: sde.Columns{Dim: 2, Index: []int{0}}, Y: mat.NewDense(1, 1, []float64{1}), Error: sde.NormalError{SD: 1}}
	w := newEnsemble(&ensembles{EnKG{g, []sde.Observation{o}}, 9, 0}, 0)
	c := g.Sched.Coeff(1)
	w.spread.SetSym(0, 0, 100)
	w.spread.SetSym(0, 1, 5)
	w.spread.SetSym(1, 1, 1)
	w.bound(c)
	most := spreadSlack / (c.Alpha*c.Alpha/(c.Sigma*c.Sigma) + 1) // of variance 1
	if most > 4 || most < 3.9 {
		t.Fatalf("the bound is %g", most)
	}
	s := w.spread
	if math.Abs(s.At(0, 0)-most) > 1e-12 || s.At(1, 1) != 1 || math.Abs(s.At(0, 1)/math.Sqrt(s.At(0, 0))-0.5) > 1e-12 {
		t.Errorf("V = %.4f", mat.Formatted(s))
	}
	s.SetSym(0, 1, 9)
	if err := nonNegative(s, w.spare); err != nil {
		t.Fatal(err)
	}
	if det := s.At(0, 0)*s.At(1, 1) - s.At(0, 1)*s.At(0, 1); math.Abs(det) > 1e-9 || s.At(0, 1) < 1 {
		t.Errorf("V = %.4f, of determinant %g", mat.Formatted(s), det)
	}
}
