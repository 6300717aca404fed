package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// Under the law of the model the likelihood of a law is exact, on a mixture too: the guided
// denoiser is that of the posterior, its twist the likelihood. An affine operator counts with
// its offset, and each error with its own deviation.
func TestLawLikelihoodIsThePosterior(t *testing.T) {
	prior := modes(sde.VP{})
	sd := sde.ErrorPerEntry{sde.NormalError{SD: 0.5}, sde.ScaledError{Error: sde.NormalError{SD: 0.1}, Scale: []float64{3}}}
	op := sde.NewLinearMap(A2)
	op.Offset = []float64{1, -2}
	o := sde.Observation{A: op, Y: mat.NewDense(1, 2, []float64{3, -3}), Error: sd}
	post := exact(prior, A2, []float64{0.5, 0.3}, 2, -1)
	l, err := guide.NewLawLikelihood(prior, o)
	if err != nil {
		t.Fatal(err)
	}
	p := guide.New(prior, l)
	if s := equal(t, p, post, prior); s != "" {
		t.Error(s)
	}
	if p.Exactness() != guide.Exact {
		t.Errorf("%v on its own law", p.Exactness())
	}
	o.Error = sde.NormalError{SD: 0.5}
	other, err := guide.NewLawLikelihood(prior, o)
	if err != nil {
		t.Fatal(err)
	}
	if equal(t, guide.New(prior, other), post, prior) == "" {
		t.Error("another deviation passes")
	}
	if e := twistGradError(t, p, prior, 0.4); e > 1e-5 {
		t.Errorf("the twist is off by %.2g", e)
	}
	// the twist at no noise is the likelihood, and its constant is right
	x, lp, want := mat.NewDense(1, 3, []float64{0.2, 0.4, -0.1}), make([]float64, 1), make([]float64, 1)
	c := sde.VP{}.Coeff(1e-9)
	xt := mat.DenseCopyOf(x)
	xt.Scale(c.Alpha, xt)
	if err := p.LogProb(lp, xt, []float64{1e-9}); err != nil {
		t.Fatal(err)
	}
	if err := p.LogLikelihood(want, x); err != nil || math.Abs(lp[0]-want[0]) > 1e-4 {
		t.Errorf("%v, %v, want %v", err, lp, want)
	}
}

// Rows keep their observations, and what is missing in a row counts for nothing there.
func TestLawLikelihoodOfRows(t *testing.T) {
	prior := modes(sde.VP{})
	y := mat.NewDense(3, 2, []float64{1, 2, math.NaN(), -1, math.NaN(), math.NaN()})
	o := sde.Observation{A: sde.NewLinearMap(A2), Y: y, Error: sde.NormalError{SD: 0.4}, Missing: true}
	l, err := guide.NewLawLikelihood(prior, o)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(3, 3, []float64{0.1, 0.2, 0.3, -0.1, 0.5, 0.7, 0.2, -0.3, 0.1})
	d, one := mat.NewDense(3, 3, nil), mat.NewDense(1, 3, nil)
	at := []float64{0.3, 0.5, 0.7}
	p := guide.New(prior, guide.AffineScore{Likelihood: l})
	if err := p.Denoise(d, x, at); err != nil {
		t.Fatal(err)
	}
	second := mat.NewDense(1, 3, A2.RawRowView(1))
	laws := []sde.Law{exact(prior, A2, []float64{0.4, 0.4}, 1, 2), exact(prior, second, []float64{0.4}, -1), prior}
	for i, law := range laws {
		if err := law.Denoise(one, x.Slice(i, i+1, 0, 3).(*mat.Dense), at[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(one, d.Slice(i, i+1, 0, 3), 1e-10) {
			t.Errorf("row %d: %v, want %v", i, d.RawRowView(i), one.RawRowView(0))
		}
		if err := p.Rows([]int{i}).Denoise(one, x.Slice(i, i+1, 0, 3).(*mat.Dense), at[i:i+1]); err != nil || !mat.Equal(one, d.Slice(i, i+1, 0, 3)) {
			t.Errorf("row %d alone: %v, %v", i, err, one.RawRowView(0))
		}
	}
}

func TestLawLikelihoodRefuses(t *testing.T) {
	prior := modes(sde.VP{})
	o := obs(sde.Columns{Dim: 3, Index: []int{1}}, 0.5, 0.3)
	for name, c := range map[string]sde.Observation{
		"Laplace":    {A: o.A, Y: o.Y, Error: sde.LaplaceError{Scale: 1}},
		"not linear": {A: sde.OperatorFunc{Dim: 3, Out: 1, F: func(dst, x []float64) { dst[0] = x[0] * x[0] }}, Y: o.Y, Error: o.Error},
		"sizes":      {A: sde.Columns{Dim: 2, Index: []int{1}}, Y: o.Y, Error: o.Error},
	} {
		if _, err := guide.NewLawLikelihood(prior, c); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	l, err := guide.NewLawLikelihood(prior, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := guide.New(modes(sde.VE{}), l).Err(); err == nil || !strings.Contains(err.Error(), "schedule") {
		t.Errorf("%v", err)
	}
	if guide.New(prior, guide.LawLikelihood{}).Err() == nil {
		t.Error("one that is not made by NewLawLikelihood passes")
	}
}

// With a Likelihood an affine score is a g + b + p s + q of it and of the model, coordinate
// by coordinate, and rows keep their observations.
func TestAffineOfALikelihood(t *testing.T) {
	prior := modes(sde.VP{})
	o := sde.Observation{A: sde.NewLinearMap(A2), Y: mat.NewDense(1, 2, []float64{2, -1}), Error: sde.NormalError{SD: 0.4}}
	l, err := guide.NewLawLikelihood(prior, o)
	if err != nil {
		t.Fatal(err)
	}
	post := exact(prior, A2, []float64{0.4, 0.4}, 2, -1)
	a, p := []float64{2, 3, 0.5}, []float64{0.5, 1.5, 0}
	want := guide.CustomScore{F: func(g []float64, at guide.RowState) error {
		x, sp, s := mat.NewDense(1, 3, at.X), mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil)
		post.Score(sp, x, []float64{at.T})
		prior.Score(s, x, []float64{at.T})
		for j := range g {
			g[j] = a[j]*(sp.At(0, j)-s.At(0, j)) + 0.1 + p[j]*s.At(0, j) + 0.2*float64(j) - s.At(0, j)
		}
		return nil
	}}
	f := guide.AffineScore{Likelihood: l, LikelihoodScale: a, LikelihoodShift: []float64{0.1}, PriorScale: p, PriorShift: []float64{0, 0.2, 0.4}}
	g := guide.New(prior, f)
	if s := equal(t, g, guide.New(prior, want), prior); s != "" {
		t.Error(s)
	}
	f.LikelihoodScale, f.PriorScale = p, a
	if equal(t, guide.New(prior, f), guide.New(prior, want), prior) == "" {
		t.Error("scales exchanged pass")
	}
	if s := strings.Join(g.Caveats(), ""); !strings.Contains(s, "not a tempered one") || !strings.Contains(s, "FKC") {
		t.Errorf("caveats %q", s)
	}
	if e := guide.New(prior, guide.AffineScore{Likelihood: l}).Exactness(); e != guide.Exact {
		t.Errorf("scales of 1 are %v", e)
	}
}
