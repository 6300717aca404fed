package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// product is x_0 x_1 and its derivative.
var product = sde.OperatorFunc{Dim: 2, Out: 1,
	F:    func(dst, x []float64) { dst[0] = x[0] * x[1] },
	Grad: func(dst, x, v []float64) { dst[0], dst[1] = v[0]*x[1], v[0]*x[0] },
}

// A reward is the same as a function of a row and as an operator.
func TestRewardOfAnOperator(t *testing.T) {
	prior, err := sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 1.5}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	r := guide.Reward{Strength: 3, R: func(grad, d []float64, _ int) float64 {
		grad[0], grad[1] = d[1], d[0]
		return d[0] * d[1]
	}}
	a := guide.Reward{Strength: 3, A: product}
	x := mat.NewDense(3, 2, []float64{0.3, -0.4, 1, 2, -0.6, 0.1})
	one, two := guide.New(prior, r), guide.New(prior, a)
	if !mat.Equal(denoise(t, one, x, 0.4), denoise(t, two, x, 0.4)) {
		t.Error("guided means differ")
	}
	lp, lq := make([]float64, 3), make([]float64, 3)
	for _, p := range []func(d *guide.Posterior, dst []float64) error{
		func(d *guide.Posterior, dst []float64) error { return d.LogProb(dst, x, []float64{0.4}) },
		func(d *guide.Posterior, dst []float64) error { return d.LogLikelihood(dst, x) },
	} {
		if err := p(one, lp); err != nil {
			t.Fatal(err)
		}
		if err := p(two, lq); err != nil {
			t.Fatal(err)
		}
		for i := range lp {
			if lp[i] != lq[i] {
				t.Errorf("row %d: %v and %v", i, lp[i], lq[i])
			}
		}
	}
	for _, f := range []guide.Reward{r, a} {
		v, g := make([]float64, 3), mat.NewDense(3, 2, []float64{1, 1, 1, 1, 1, 1})
		if err := f.Values(v, x); err != nil {
			t.Fatal(err)
		}
		if err := f.AddGradients(g, x); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if p, q := x.At(i, 0), x.At(i, 1); v[i] != 3*(p*q) || math.Abs(g.At(i, 0)-1-3*q) > 1e-15 || math.Abs(g.At(i, 1)-1-3*p) > 1e-15 {
				t.Errorf("row %d: %v, %v", i, v[i], g.RawRowView(i))
			}
		}
	}
	for _, c := range []struct {
		r    guide.Reward
		want string
	}{
		{guide.Reward{}, "without R or A"},
		{guide.Reward{R: r.R, A: product}, "both R and A"},
		{guide.Reward{A: sde.Columns{Dim: 2, Index: []int{0, 1}}}, "returns 2 numbers"},
		{guide.Reward{A: sde.Columns{Dim: 3, Index: []int{0}}}, "rows of 3"},
		{guide.Reward{A: sde.OperatorFunc{Dim: 2, Out: 1, F: product.F}}, "no Pull"},
	} {
		if err := guide.New(prior, c.r).Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
