package sbi

import (
	"context"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/datasets/prior"
	"tweedie/internal/stream"
)

// tail is a simulator x = θ + e of three parameters, e of the deviation linearNoise and of
// equal correlations, and what its posterior at tailX is.
type tail struct {
	name        string
	prior       *prior.Prior
	correlation float64 // of errors
	mean, sd    []float64
}

// tailX is 2.7 standard deviations out in one number under the normal prior, and at the
// border of the uniform one. Of a thousand simulations eleven are as far from the center.
var tailX = []float64{3, 2, 1}

func tails(t testing.TB) []tail {
	lo, hi := -3.0, 3.0
	normal := linearPrior(t, 3)
	flat := newPrior(t, prior.Entry{Names: numbered("a", 3), Law: "uniform", Low: &lo, High: &hi})
	list := []tail{{name: "normal", prior: normal}, {name: "correlated errors", prior: normal, correlation: 0.6}, {name: "uniform prior", prior: flat}}
	for k := range list[:2] {
		list[k].normal(t)
	}
	c := &list[2]
	for _, x := range tailX { // N(x, s²) on [lo, hi]
		a, b := (lo-x)/linearNoise, (hi-x)/linearNoise
		mass := distuv.UnitNormal.CDF(b) - distuv.UnitNormal.CDF(a)
		pa, pb := distuv.UnitNormal.Prob(a)/mass, distuv.UnitNormal.Prob(b)/mass
		c.mean = append(c.mean, x+linearNoise*(pa-pb))
		c.sd = append(c.sd, linearNoise*math.Sqrt(1+a*pa-b*pb-(pa-pb)*(pa-pb)))
	}
	return list
}

// normal sets the moments under the prior N(0, I) and errors of the covariance S:
// N((I + S)⁻¹ x, I − (I + S)⁻¹).
func (c *tail) normal(t testing.TB) {
	t.Helper()
	m := mat.NewDense(3, 3, nil)
	for i := range 3 {
		for j := range 3 {
			m.Set(i, j, c.correlation*linearNoise*linearNoise)
		}
		m.Set(i, i, 1+linearNoise*linearNoise)
	}
	if err := m.Inverse(m); err != nil {
		t.Fatal(err)
	}
	var mean mat.VecDense
	mean.MulVec(m, mat.NewVecDense(3, tailX))
	c.mean = mean.RawVector().Data
	for i := range 3 {
		c.sd = append(c.sd, math.Sqrt(1-m.At(i, i)))
	}
}

// simulate makes n simulations: e = √(1−ρ) u + b (Σ u) 1 with 3 b² + 2 √(1−ρ) b = ρ.
func (c *tail) simulate(n int, seed uint64) *Simulations {
	s := &Simulations{Theta: mat.NewDense(n, 3, nil), X: mat.NewDense(n, 3, nil)}
	c.prior.Sample(s.Theta, seed, 0)
	rng, u := stream.New(seed, "test/tail"), make([]float64, 3)
	a := math.Sqrt(1 - c.correlation)
	b := (math.Sqrt(a*a+3*c.correlation) - a) / 3
	for i := range n {
		sum := 0.0
		for j := range u {
			u[j] = rng.NormFloat64()
			sum += u[j]
		}
		for j := range u {
			s.X.Set(i, j, s.Theta.At(i, j)+linearNoise*(a*u[j]+b*sum))
		}
	}
	return s
}

// errors are those of draws of a model at tailX: the largest bias in standard deviations of
// the exact posterior, and the ratio of deviations that is farthest from 1.
func (c *tail) errors(t testing.TB, m *Model, o *DrawOptions) (bias, ratio float64) {
	t.Helper()
	d, err := posterior(t, m, tailX...).Sample(context.Background(), 10_000, o)
	if err != nil {
		t.Fatal(err)
	}
	ratio = 1
	for j := range 3 {
		mean, sd := moments(d.Theta, j)
		bias = max(bias, math.Abs(mean-c.mean[j])/c.sd[j])
		if r := sd / c.sd[j]; math.Abs(math.Log(r)) > math.Abs(math.Log(ratio)) {
			ratio = r
		}
	}
	return bias, ratio
}

// An observation in the tail of the simulations has the posterior of one in the middle: means
// within .2 standard deviations, deviations within 10 %. Models are bases that were trained
// for a moment; with TWEEDIE_LONG=1, for three simulators, those of the whole recipe.
func TestTailOfSimulations(t *testing.T) {
	long := os.Getenv("TWEEDIE_LONG") != ""
	for _, c := range tails(t) {
		if !long && c.name == "uniform prior" {
			continue // its base is no more than a start
		}
		t.Run(c.name, func(t *testing.T) {
			o := small(plan{}, Options{Prior: c.prior})
			if long {
				o = &Options{Prior: c.prior}
			}
			m, err := Fit(context.Background(), c.simulate(10_000, 1), o)
			if err != nil {
				t.Fatal(err)
			}
			bias, ratio := c.errors(t, m, nil)
			t.Logf("means off by at most %.3f sd, ratio of deviations %.3f; %s, score %.3f, of the base %.3f", bias, ratio, m.Summary().Networks, m.Summary().LogScore, m.Summary().BaseScore)
			if bias > 0.2 || ratio < 0.9 || ratio > 1.1 {
				t.Errorf("means off by %.3f sd, ratio of deviations %.3f", bias, ratio)
			}
		})
	}
}
