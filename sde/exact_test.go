package sde_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

func gaussian2(t *testing.T, mu, cov []float64) *sde.Gaussian {
	t.Helper()
	g, err := sde.NewGaussian(mu, mat.NewSymDense(len(mu), cov), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Observations without error that repeat each other count once: the posterior is that of
// what they have in common, and the evidence the density in their range.
func TestExactRepetitionsCountOnce(t *testing.T) {
	g := gaussian2(t, []float64{1, 2}, []float64{1, 0.8, 0.8, 1})
	one, err := g.Posterior(mat.NewDense(1, 2, []float64{1, 0}), []float64{2}, mat.NewSymDense(1, nil))
	if err != nil {
		t.Fatal(err)
	}
	single := g.LogEvidence(mat.NewDense(1, 2, []float64{1, 0}), []float64{2}, mat.NewSymDense(1, nil))
	for _, c := range []struct {
		a, y, scale []float64
	}{
		{[]float64{1, 0, 1, 0}, []float64{2, 2}, []float64{1, 1}},
		{[]float64{1, 0, 1, 0}, []float64{2, 2 + 1e-9}, []float64{1, 1}},
		{[]float64{1, 0, 1e6, 0, 1e-6, 0}, []float64{2, 2e6, 2e-6}, []float64{1, 1e6, 1e-6}},
		{[]float64{1, 0, 1, 1e-9}, []float64{2, 2 + 3e-9}, []float64{1, 1}},
	} {
		m := len(c.y)
		p, err := g.Posterior(mat.NewDense(m, 2, c.a), c.y, mat.NewSymDense(m, nil))
		if err != nil {
			t.Errorf("%v: %v", c.y, err)
			continue
		}
		if math.Abs(p.Mean()[0]-2) > 1e-6 || math.Abs(p.Mean()[1]-one.Mean()[1]) > 1e-6 || !mat.EqualApprox(p.Covariance(), one.Covariance(), 1e-9) {
			t.Errorf("%v: N(%v, %v), want N(%v, %v)", c.y, p.Mean(), p.Covariance(), one.Mean(), one.Covariance())
		}
		size := 0.0
		for _, s := range c.scale {
			size += s * s
		}
		want := single - math.Log(size)/2 // of a number √size times as large
		if e := g.LogEvidence(mat.NewDense(m, 2, c.a), c.y, mat.NewSymDense(m, nil)); math.Abs(e-want) > 1e-5 {
			t.Errorf("%v: log evidence %g, want %g", c.y, e, want)
		}
	}
	// an exact number and one with an error
	p, err := g.Posterior(mat.NewDense(3, 2, []float64{1, 0, 1, 0, 0, 1}), []float64{2, 2, 3}, mat.NewSymDense(3, []float64{0, 0, 0, 0, 0, 0, 0, 0, 0.36}))
	if err != nil || math.Abs(p.Mean()[1]-2.9) > 1e-9 || math.Abs(p.Covariance().At(1, 1)-0.18) > 1e-9 {
		t.Errorf("%v, %v", p, err)
	}
}

func TestExactContradictionsAreRefused(t *testing.T) {
	g := gaussian2(t, []float64{1, 2}, []float64{1, 0.8, 0.8, 1})
	flat := gaussian2(t, []float64{0, 0}, []float64{1, 1, 1, 1}) // x = y always
	mix, err := sde.NewMixture([]float64{1, 1}, []*sde.Gaussian{g, flat})
	if err != nil {
		t.Fatal(err)
	}
	box, err := sde.NewBox([]float64{0, 0}, []float64{1, 1}, sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	both, err := sde.NewProduct(g, flat)
	if err != nil {
		t.Fatal(err)
	}
	zero := mat.NewSymDense(2, nil)
	for name, c := range map[string]struct {
		l    sde.Observable
		a, y []float64
		ok   bool
	}{
		"twice":                {g, []float64{1, 0, 1, 0}, []float64{-1, 3}, false},
		"a little":             {g, []float64{1, 0, 1, 0}, []float64{2, 2.001}, false},
		"combination":          {g, []float64{1, 1, 2, 2}, []float64{1, 3}, false},
		"of a sure number":     {flat, []float64{1, 0, 0, 1}, []float64{1, 2}, false},
		"a sure number agrees": {flat, []float64{1, 0, 0, 1}, []float64{1, 1}, true},
		"every component":      {mix, []float64{1, 0, 1, 0}, []float64{1, 2}, false},
		"one component":        {mix, []float64{1, 0, 0, 1}, []float64{1, 2}, true},
		"box":                  {box, []float64{1, 0, 1, 0}, []float64{0.2, 0.7}, false},
		"product":              {both, []float64{0, 0, 1, 0, 0, 0, 0, 1}, []float64{1, 2}, false},
	} {
		d := c.l.Dim()
		p, err := c.l.Posterior(mat.NewDense(2, d, c.a), c.y, zero)
		if c.ok && err != nil || !c.ok && !errors.Is(err, sde.ErrContradiction) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	// what has less freedom is infinitely likelier
	p, err := mix.Posterior(mat.NewDense(2, 2, []float64{1, 0, 0, 1}), []float64{1, 1}, zero)
	if m, ok := p.(*sde.Mixture); err != nil || !ok || m.Weights[0] != 0 || m.Weights[1] != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}
