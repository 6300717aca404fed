package sde

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// A product of variances that is beyond a float64 does not lose the density.
func TestDensityOfTinyVariances(t *testing.T) {
	e := &eigen{val: []float64{1e-99, 1e-250}}
	want := -(math.Log(1e-99) + math.Log(1e-250) + 2*math.Log(2*math.Pi)) / 2
	if got := e.logDensity([]float64{0, 0}, Coeff{Alpha: 1}); math.Abs(got-want) > 1e-9*want {
		t.Errorf("%g, want %g", got, want)
	}
}

// Two observations of a box one after the other are both of them: precisions add up.
func TestBoxIsObservedTwice(t *testing.T) {
	b, err := NewBox([]float64{-5}, []float64{5}, VP{})
	if err != nil {
		t.Fatal(err)
	}
	one := mat.NewDense(1, 1, []float64{1})
	first, err := b.Posterior(one, []float64{2}, mat.NewSymDense(1, []float64{0.5}))
	if err != nil {
		t.Fatal(err)
	}
	both, err := first.(*Box).Posterior(one, []float64{1}, mat.NewSymDense(1, []float64{1}))
	if err != nil {
		t.Fatal(err)
	}
	if p := both.(*Box); math.Abs(p.Mu[0]-5./3) > 1e-12 || math.Abs(p.Var[0]-1./3) > 1e-12 {
		t.Errorf("mean %g, variance %g, want 5/3 and 1/3", p.Mu[0], p.Var[0])
	}
}

// A combination of rows of next to no variance is none, and a column that is observed
// twice is not two.
func TestRepetitionsAreSeen(t *testing.T) {
	if r := RowRank(mat.NewDense(2, 2, []float64{1, 0, 1, 1e-8})); r != 1 {
		t.Errorf("rank %d of rows that differ by rounding", r)
	}
	if r := RowRank(mat.NewDense(2, 2, []float64{1, 0, 1, 1e-5})); r != 2 {
		t.Errorf("rank %d of rows that differ", r)
	}
	g, err := NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1}), VP{})
	if err != nil {
		t.Fatal(err)
	}
	twice := Observation{A: Columns{2, []int{1, 1}}, Y: mat.NewDense(1, 2, []float64{1, 2}), Error: NormalError{}}
	if err := CheckObservations(struct{ Denoiser }{g}, twice); !errors.Is(err, ErrContradiction) {
		t.Errorf("two values of one column: %v", err)
	}
}
