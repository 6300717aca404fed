package sbi

import (
	"context"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// The likelihood to the power a on exact posteriors of θ ~ N(0, 1) given x = 1 with an error
// of variance r: Feynman-Kac correctors of the laws that AffineScore.Tempered names reach it,
// with noise and along the flow. Plain scaling of the score does not (guide has the numbers).
func TestTemperedIsReachedByCorrectors(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute")
	}
	line := func(m, v float64) *sde.Gaussian {
		g, err := sde.NewGaussian([]float64{m}, mat.NewSymDense(1, []float64{v}), sde.VP{})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for _, c := range []struct{ a, r, mean, variance float64 }{
		{4, 0.3, 0.930, 0.070}, {2, 0.3, 0.870, 0.130}, {0.5, 0.3, 0.625, 0.375}, {1.2, 0.9, 0.571, 0.429},
	} {
		law, err := guide.AffineScore{Prior: line(0, 1), LikelihoodScale: []float64{c.a}}.Tempered(line(1/(1+c.r), c.r/(1+c.r)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []sample.Method{sample.DPMpp2MSDE{}, sample.DDIM{}} {
			steps, flow := 100, !m.Info().Stochastic
			if flow {
				if steps = 250; c.a > 2 {
					continue // copies of a particle stay equal, and few are left
				}
			}
			const groups, k = 4, 2000
			p, err := sample.RunParticles(context.Background(), sample.FKC{Models: law.Laws, Weights: law.Powers}, m, groups, k, &sample.ParticleOptions{Options: sample.Options{Steps: steps, Seed: 5}})
			if err != nil {
				t.Fatal(err)
			}
			rows, err := p.Draw(k, 1)
			if err != nil {
				t.Fatal(err)
			}
			mean, sd := moments(rows, 0)
			name := fmt.Sprintf("a = %g, %s", c.a, m.Info().Name)
			t.Logf("%s: %.3f, %.3f; want %.3f, %.3f", name, mean, sd*sd, c.mean, c.variance)
			if tol := 0.15 * math.Sqrt(c.variance); math.Abs(mean-c.mean) > tol || math.Abs(sd*sd/c.variance-1) > 0.15 {
				t.Errorf("%s: %.3f, %.3f; want %.3f, %.3f", name, mean, sd*sd, c.mean, c.variance)
			}
		}
	}
}
