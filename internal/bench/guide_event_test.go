package bench

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// Weighted by an event, particles have the shares and the evidence of the law
// where it holds, although a number in a range is only nearly normal given x_t.
func TestParticlesOfAnEvent(t *testing.T) {
	const k, levels, lo, hi = 2000, 3, 3, 3.8
	weights := []float64{.5, .2, .3}
	var comps []*sde.Gaussian
	for l := range levels { // a level, and a number that is N(2l, .3)
		mu, cov := make([]float64, levels+1), mat.NewSymDense(levels+1, nil)
		mu[l], mu[levels] = 1, 2*float64(l)
		cov.SetSym(levels, levels, 0.3)
		g, err := sde.NewGaussian(mu, cov, sde.VP{})
		if err != nil {
			t.Fatal(err)
		}
		comps = append(comps, g)
	}
	prior, err := sde.NewMixture(weights, comps)
	if err != nil {
		t.Fatal(err)
	}
	cdf := func(x float64) float64 { return math.Erfc(-(x-4)/math.Sqrt(0.6)) / 2 }
	// differs describes how the particles of e differ from level 1, or level 2 and
	// a number in [lo, hi].
	differs := func(e guide.Event) bool {
		post := guide.New(prior, guide.Where{e})
		c, err := sample.RunParticles(context.Background(), sample.TDS{Model: prior, Guided: post}, sample.DDIM{Eta: 1}, 1, k,
			&sample.ParticleOptions{Options: sample.Options{Steps: 100, Seed: 1}})
		if err != nil {
			t.Fatal(err)
		}
		x, err := c.Draw(k, 1)
		if err != nil {
			t.Fatal(err)
		}
		ones := 0.0
		for i := range k {
			if x.At(i, 1) > 0.5 {
				ones++
			}
		}
		z := 0.2 + 0.3*(cdf(hi)-cdf(lo))
		// Four standard errors of a quarter as many independent particles, and the
		// discretisation of 100 steps.
		tol := 4*math.Sqrt(0.67*0.33/(k/4)) + 0.01
		t.Logf("%+v: share %.3f, want %.3f; log evidence %.3f, want %.3f", e, ones/k, 0.2/z, c.LogEvidence[0], math.Log(z))
		return math.Abs(ones/k-0.2/z) > tol || math.Abs(c.LogEvidence[0]-math.Log(z)) > 0.2
	}
	e := guide.Event{Block: []int{0, 1, 2}, Allowed: []int{1}, Present: 2, Number: 3, Lo: lo, Hi: hi}
	if differs(e) {
		t.Error("not the law where the event holds")
	}
	e.Hi = 5
	if !differs(e) {
		t.Error("a wider range passes")
	}
}
