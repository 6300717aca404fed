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

// Every guide of an observation serves as a twist, on operators that it suits and on those that
// are flat where it linearizes them: the evidence is within 3 of its errors of that by
// brute force over draws of the chain, or has a caveat.
func TestTwistsOfOperators(t *testing.T) {
	const steps, n, sd = 24, 10000, 0.3
	var parts []*sde.Gaussian
	var weights []float64
	for k := range 8 {
		a := float64(k) * math.Pi / 4
		parts = append(parts, must(sde.NewGaussian([]float64{2.828 * math.Cos(a), 2.828 * math.Sin(a)}, mat.NewSymDense(2, []float64{0.125, 0, 0, 0.125}), sde.VP{})))
		weights = append(weights, 0.125)
	}
	law := must(sde.NewMixture(weights, parts))
	draws := must(sample.Run(context.Background(), law, sample.DDIM{Eta: 1}, n, &sample.Options{Steps: steps, Seed: 77, Grid: sample.LogSNRGrid{}})).X
	for name, c := range map[string]struct {
		y    float64
		f    func(x []float64) float64
		grad func(x []float64) (a, b float64)
	}{
		"x0":          {2, func(x []float64) float64 { return x[0] }, func(x []float64) (a, b float64) { return 1, 0 }},
		"x0 + .3x1^2": {4, func(x []float64) float64 { return x[0] + 0.3*x[1]*x[1] }, func(x []float64) (a, b float64) { return 1, 0.6 * x[1] }},
		"x0 x1":       {4, func(x []float64) float64 { return x[0] * x[1] }, func(x []float64) (a, b float64) { return x[1], x[0] }},
	} {
		z, q := 0.0, 0.0
		for i := range n {
			e := (c.f(draws.RawRowView(i)) - c.y) / sd
			w := math.Exp(-e*e/2) / (sd * math.Sqrt(2*math.Pi))
			z, q = z+w/n, q+w*w/n
		}
		own := math.Sqrt((q/(z*z) - 1) / n)
		obs := sde.Observation{Y: mat.NewDense(1, 1, []float64{c.y}), Error: sde.NormalError{SD: sd}, A: sde.OperatorFunc{Dim: 2, Out: 1,
			F:    func(dst, x []float64) { dst[0] = c.f(x) },
			Grad: func(dst, x, v []float64) { a, b := c.grad(x); dst[0], dst[1] = v[0]*a, v[0]*b },
		}}
		for _, term := range []guide.Term{guide.MMPS{Observation: obs}, guide.PiGDM{Observation: obs}, guide.DPS{Observation: obs}} {
			run := func(undefended bool) *sample.Particles {
				return must(sample.RunParticles(context.Background(), sample.TDS{Model: law, Guided: guide.New(law, term)}, sample.DDIM{Eta: 1}, 8, 250,
					&sample.ParticleOptions{Undefended: undefended, Options: sample.Options{Steps: steps, Seed: 3, Grid: sample.LogSNRGrid{}}}))
			}
			off := func(p *sample.Particles) bool {
				got, se := p.Evidence()
				return math.Abs(got-math.Log(z)) > 3*math.Hypot(se, own)
			}
			p := run(false)
			got, se := p.Evidence()
			t.Logf("%s, %T: %.3f ± %.3f, want %.3f ± %.3f", name, term, got, se, math.Log(z), own)
			if off(p) && len(p.Caveats) == 0 || se > 0.5 {
				t.Errorf("%s, %T: log evidence %.3f ± %.3f, want %.3f, and no caveat", name, term, got, se, math.Log(z))
			}
			if name == "x0 x1" && !off(run(true)) {
				t.Errorf("%s, %T: undefended it passes", name, term)
			}
		}
	}
}
