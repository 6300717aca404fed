package sde

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Combinations of three rows have rank three, however they round.
func TestRowRankOfCombinations(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	random := func(m, d int) *mat.Dense {
		a := mat.NewDense(m, d, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return r.NormFloat64() }, a)
		return a
	}
	for range 50 {
		var a mat.Dense
		a.Mul(random(7, 3), random(3, 5))
		if n := RowRank(&a); n != 3 {
			t.Fatalf("rank %d of combinations of 3 rows", n)
		}
	}
}

// What remains of exact observations that repeat each other has the variance 1 in the
// data, and no correlation.
func TestWithoutRepetitionIsWhite(t *testing.T) {
	cov := mat.NewSymDense(2, []float64{4, 1.5, 1.5, 9})
	g, err := NewGaussian([]float64{1, -2}, cov, VP{})
	if err != nil {
		t.Fatal(err)
	}
	M := mat.NewDense(3, 2, []float64{1, 1, 2, -1, 4, 1}) // the third is twice the first and the second
	o := Observation{A: NewLinearMap(M), Y: mat.NewDense(1, 3, []float64{1, 2, 4}), Error: NormalError{}}
	w, repeats := o.WithoutRepetition(g)
	if !repeats {
		t.Fatal("no repetition found")
	}
	var A, s mat.Dense
	A.CloneFrom(w.A.(LinearMap).M)
	s.Product(&A, cov, A.T())
	if n, _ := s.Dims(); n != 2 {
		t.Fatalf("%d numbers remain, want 2", n)
	}
	for i := range 2 {
		for j := range 2 {
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(s.At(i, j)-want) > 1e-9 {
				t.Errorf("covariance %d, %d is %g, want %g", i, j, s.At(i, j), want)
			}
		}
	}
}
