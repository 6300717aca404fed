package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// A step has the moments of q(x_s | x_t, x̃), x̃ having drawn levels; rows are the last x̃.
func TestMomentMatchedSteps(t *testing.T) {
	const n = 4000
	d := constant{[]float64{0.7, 0.2, 0.5, 0.3}}
	m := MomentMatched{At: []float64{0.5, 0.2}, Levels: [][2]int{{1, 4}}}
	x := mat.NewDense(n, 4, nil)
	for i := range n {
		x.SetRow(i, []float64{1, -1, 0.5, 2})
	}
	before := []float64{1, -1, 0.5, 2}
	if err := m.New(d, n).Step(x, 0.5, 0.2, sde.NewStreams(1, "test", 0)); err != nil {
		t.Fatal(err)
	}
	ct, cs := sde.VP{}.Coeff(0.5), sde.VP{}.Coeff(0.2)
	// Of x_t and x_0 of a normal law: cov(x_s, x_t) = α_s α_t v + (α_t/α_s) σ_s², by regression on (x_t, x_0).
	r := ct.Alpha / cs.Alpha * cs.Sigma * cs.Sigma / (ct.Sigma * ct.Sigma)
	k := cs.Alpha - r*ct.Alpha
	noise := cs.Sigma*cs.Sigma - r*r*ct.Sigma*ct.Sigma
	for j, p := range d.out {
		mean, square := 0.0, 0.0
		for i := range n {
			mean, square = mean+x.At(i, j)/n, square+x.At(i, j)*x.At(i, j)/n
		}
		v := noise
		if j > 0 {
			v += k * k * p * (1 - p)
		}
		if want := r*before[j] + k*p; math.Abs(mean-want) > 4*math.Sqrt(v/n) || math.Abs(square-mean*mean-v) > 0.1*v {
			t.Errorf("position %d: mean %.4f, variance %.4f, want %.4f and %.4f", j, mean, square-mean*mean, want, v)
		}
	}
	res, err := Run(context.Background(), d, m, 1000, &Options{})
	if err != nil || res.NFE != 2 || res.X.At(3, 0) != 0.7 || math.Abs(mat.Sum(res.X.ColView(2))-500) > 65 {
		t.Errorf("%v: %g evaluations, a level in %g of 1000 rows, want 500", err, res.NFE, mat.Sum(res.X.ColView(2)))
	}
}
