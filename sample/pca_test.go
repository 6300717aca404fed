package sample

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Components span the subspace of rows that lie in one, are orthonormal, and carry
// the variances; Decode undoes Encode.
func TestPCAFindsTheSubspace(t *testing.T) {
	_, truth, data := flatland(t)
	const n = 4000
	x := mat.NewDense(n, 4, nil)
	data.Sample(x, 3, 0)
	p, err := NewPCA(x, 2)
	if err != nil {
		t.Fatal(err)
	}
	var gram, a, b mat.Dense
	gram.Mul(p.V.T(), p.V)
	if !mat.EqualApprox(&gram, mat.NewDiagDense(2, []float64{1, 1}), 1e-12) || math.Abs(p.Explained-1) > 1e-9 {
		t.Errorf("V'V = %v, explained %g", mat.Formatted(&gram), p.Explained)
	}
	a.Mul(p.V, p.V.T())
	b.Mul(truth.V, truth.V.T())
	if !mat.EqualApprox(&a, &b, 1e-9) {
		t.Error("another subspace")
	}
	// eigenvalues 1.6 and 1.4 of the latent covariance, ± 5 √(2/n) of themselves
	for j, v := range []float64{1.6, 1.4} {
		if math.Abs(p.Variance[j]-v) > 5*v*math.Sqrt(2./n) {
			t.Errorf("variance %d: %g, want %g", j, p.Variance[j], v)
		}
	}
	z, back := mat.NewDense(n, 2, nil), mat.NewDense(n, 4, nil)
	if p.Encode(z, x) != nil || p.Decode(back, z) != nil || !mat.EqualApprox(x, back, 1e-9) {
		t.Error("Decode does not undo Encode")
	}
	one, err := NewPCA(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	z1 := mat.NewDense(n, 1, nil)
	if one.Encode(z1, x) != nil || one.Decode(back, z1) != nil || mat.EqualApprox(x, back, 0.5) || math.Abs(one.Explained-p.Variance[0]/(p.Variance[0]+p.Variance[1])) > 1e-9 {
		t.Error("one component for a plane passes")
	}
	for name, c := range map[string]struct {
		x *mat.Dense
		k int
	}{
		"too many":  {x, 5},
		"few rows":  {mat.NewDense(2, 4, []float64{1, 2, 3, 4, 5, 6, 7, 9}), 2},
		"none":      {x, 0},
		"constant":  {mat.NewDense(9, 4, nil), 1},
		"no number": {mat.NewDense(3, 1, []float64{1, math.NaN(), 2}), 1},
	} {
		if _, err := NewPCA(c.x, c.k); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Variances are those of the rows with n - 1, as the ones of a sample: by hand.
func TestPCAVariances(t *testing.T) {
	p, err := NewPCA(mat.NewDense(3, 2, []float64{-1, 0, 1, 0.5, 0, -0.5}), 2)
	if err != nil {
		t.Fatal(err)
	}
	// The covariance is [1 .25; .25 .25], of eigenvalues .625 ± √(.375² + .25²).
	r := math.Sqrt(0.375*0.375 + 0.0625)
	if math.Abs(p.Variance[0]-0.625-r) > 1e-12 || math.Abs(p.Variance[1]-0.625+r) > 1e-12 || math.Abs(p.Explained-1) > 1e-12 {
		t.Errorf("variances %v, explained %g", p.Variance, p.Explained)
	}
}
