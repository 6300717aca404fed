package pictures

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/guide"
	"tweedie/sample"
)

// The posterior of the pictures follows from prior and observation by Bayes' rule: the
// difference of its log density and of their sum is the same at every point.
func TestPosteriorOfThePictures(t *testing.T) {
	prior, obs, post, err := newLaw()
	if err != nil {
		t.Fatal(err)
	}
	const n = 50
	x := mat.NewDense(n, 2, nil)
	post.Sample(x, 1, 0)
	p, q, l := make([]float64, n), make([]float64, n), make([]float64, n)
	prior.LogProb(p, x, []float64{0})
	post.LogProb(q, x, []float64{0})
	if err := guide.New(prior, guide.MMPS{Observation: obs}).LogLikelihood(l, x); err != nil {
		t.Fatal(err)
	}
	for i := range q {
		q[i] -= p[i] + l[i]
	}
	if spread := slices.Max(q) - slices.Min(q); spread > 1e-3 {
		t.Errorf("the ratio varies by %g nats", spread)
	}
}

// The gradient of the exact classifier is that of its log probability.
func TestClassifierOfThePictures(t *testing.T) {
	prior, _, post, err := newLaw()
	if err != nil {
		t.Fatal(err)
	}
	r, at := ratio{prior, post}, []float64{0.4}
	logp := func(u, v float64) float64 {
		var lp [1]float64
		if err := r.LogProbGrad(mat.NewDense(1, 2, nil), lp[:], mat.NewDense(1, 2, []float64{u, v}), at); err != nil {
			t.Fatal(err)
		}
		return lp[0]
	}
	const h = 1e-5
	g := mat.NewDense(1, 2, nil)
	if err := r.LogProbGrad(g, make([]float64, 1), mat.NewDense(1, 2, []float64{0.3, -0.7}), at); err != nil {
		t.Fatal(err)
	}
	want := [2]float64{(logp(0.3+h, -0.7) - logp(0.3-h, -0.7)) / (2 * h), (logp(0.3, -0.7+h) - logp(0.3, -0.7-h)) / (2 * h)}
	for j, w := range want {
		if math.Abs(g.At(0, j)-w) > 1e-5*(1+math.Abs(w)) {
			t.Errorf("column %d: %g, by differences %g", j, g.At(0, j), w)
		}
	}
}

// The rows of a picture whose guide is exact have the moments of its law.
func TestRowsFollowTheExactLaw(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	const n = 400
	for _, p := range all {
		if !slices.Contains([]string{"guide-none", "guide-classified", "guide-swap"}, p.File) {
			continue
		}
		res, err := sample.Run(context.Background(), p.d, p.m, n, &sample.Options{Steps: 60, Seed: 1, Workers: 2, Denoise: true})
		if err != nil {
			t.Fatal(err)
		}
		exact := mat.NewDense(20000, 2, nil)
		p.exact.Sample(exact, 1, 0)
		for j := range 2 {
			m, sd := stat.MeanStdDev(mat.Col(nil, j, res.X), nil)
			want, wantSD := stat.MeanStdDev(mat.Col(nil, j, exact), nil)
			if math.Abs(m-want) > 0.25*wantSD || math.Abs(math.Log(sd/wantSD)) > 0.25 {
				t.Errorf("%s, column %d: %.3f ± %.3f, want %.3f ± %.3f", p.File, j, m, sd, want, wantSD)
			}
		}
	}
}

// The half plane ends at x₁ = -.5, for the law that is drawn and for the rows.
func TestHalfPlane(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	p := all[slices.IndexFunc(all, func(p Picture) bool { return p.File == "guide-within" })]
	lp := make([]float64, 2)
	if p.exact.LogProb(lp, mat.NewDense(2, 2, []float64{-0.51, 1, -0.49, 1}), []float64{0}); !math.IsInf(lp[0], -1) || math.IsInf(lp[1], -1) {
		t.Errorf("log densities %v beside the line", lp)
	}
	res, err := sample.Run(context.Background(), p.d, p.m, 200, &sample.Options{Steps: 60, Seed: 1, Workers: 2, Denoise: true})
	if err != nil {
		t.Fatal(err)
	}
	if least := mat.Min(res.X.ColView(0)); least < -0.6 {
		t.Errorf("a row at x₁ = %g", least)
	}
}
