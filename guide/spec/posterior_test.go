package spec

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// On a Gaussian law of standardized columns the guides of a file are the posterior in
// closed form, with the observation moved to encoded units by hand.
func TestGuidesAreThePosterior(t *testing.T) {
	_, c := table(t, true)
	d := c.Dim()
	mean, cov := make([]float64, d), mat.NewSymDense(d, nil)
	for j := range d {
		mean[j] = 0.1 * float64(j)
		for k := range j + 1 {
			cov.SetSym(j, k, math.Pow(0.5, float64(j-k)))
		}
	}
	prior := must(sde.NewGaussian(mean, cov, sde.VP{}))
	a, b := numberAt(t, c, "a"), numberAt(t, c, "b")
	ma, sa, _ := c.Affine(a)
	mb, sb, _ := c.Affine(b)
	A := mat.NewDense(2, d, nil)
	A.Set(0, a, 2*sa)
	A.Set(0, b, -1*sb)
	A.Set(1, b, sb)
	y := []float64{5 - (2*ma - mb), -0.5 - mb}
	post := must(prior.Posterior(A, y, mat.NewSymDense(2, []float64{0.09, 0, 0, 0.09})))
	x, at := mat.NewDense(3, d, nil), []float64{0.1, 0.4, 0.8}
	x.Apply(func(i, j int, _ float64) float64 { return math.Sin(float64(3*i + j)) }, x)
	want := mat.NewDense(3, d, nil)
	if err := post.Denoise(want, x, at); err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		term string
		same bool
	}{
		{"{linear: [{weights: {a: 2, b: -1}, value: 5}], observe: {b: -0.5}, noise: 0.3}", true},
		{"{linear: [{weights: {a: 2, b: -1}, value: 5}], observe: {b: -0.5}, noise: 0.31}", false},
		{"{linear: [{weights: {a: 2, b: -1}, value: 5}], observe: {b: -0.6}, noise: 0.3}", false},
	} {
		got := mat.NewDense(3, d, nil)
		if err := guide.New(prior, must(parse(t, p.term).Build(c, ""))...).Denoise(got, x, at); err != nil {
			t.Fatal(err)
		}
		if mat.EqualApprox(got, want, 1e-8) != p.same {
			t.Errorf("%s: %v, the posterior has %v", p.term, mat.Formatted(got), mat.Formatted(want))
		}
	}
}
