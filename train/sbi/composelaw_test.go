package sbi

import (
	"context"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/sample"
	"tweedie/sde"
)

// gaussianLinear is the task of that name in units of its prior: w ~ N(0, I), y = w + e with
// e ~ N(0, I), in ten dimensions. Observations are drawn given one w, of n rows.
func gaussianLinear(tb testing.TB, n int) (prior *sde.Gaussian, each []sde.Denoiser, cov []mat.Symmetric, mean []float64, variance float64) {
	tb.Helper()
	const d = 10
	eye := mat.NewDiagDense(d, nil)
	for j := range d {
		eye.SetDiag(j, 1)
	}
	prior, err := sde.NewGaussian(make([]float64, d), eye, sde.VP{})
	if err != nil {
		tb.Fatal(err)
	}
	rng := stream.New(uint64(n), "test/tall")
	w := make([]float64, d)
	for j := range w {
		w[j] = rng.NormFloat64()
	}
	half := mat.NewDiagDense(d, nil)
	mean = make([]float64, d)
	for j := range d {
		half.SetDiag(j, 0.5)
	}
	for range n {
		m := make([]float64, d)
		for j := range m {
			y := w[j] + rng.NormFloat64()
			m[j] = y / 2
			mean[j] += y / float64(n+1)
		}
		g, err := sde.NewGaussian(m, half, sde.VP{})
		if err != nil {
			tb.Fatal(err)
		}
		each, cov = append(each, g), append(cov, g.Covariance())
	}
	return prior, each, cov, mean, 1 / float64(n+1)
}

// apart is how far draws of N(mean, variance I) are off: the root mean square error of their
// mean in standard deviations, and the mean ratio of their variances less 1.
func apart(x *mat.Dense, mean []float64, variance float64) (shift, ratio float64) {
	_, d := x.Dims()
	for j := range d {
		m, s := moments(x, j)
		shift += (m - mean[j]) * (m - mean[j]) / variance / float64(d)
		ratio += s * s / variance / float64(d)
	}
	return math.Sqrt(shift), ratio - 1
}

// composed are the ways to sample from N observations.
var composedWays = []struct {
	name    string
	o       guide.ComposeOptions
	exact   bool // as steps become small
	correct int  // Langevin steps
}{
	{"jac", guide.ComposeOptions{}, true, 0},
	{"auto-gauss", guide.ComposeOptions{Composition: guide.GAUSS}, true, 0},
	{"gauss", guide.ComposeOptions{Composition: guide.GAUSS}, true, 0}, // its half of the prior is right here
	{"fnpe", guide.ComposeOptions{Composition: guide.FNPE}, false, 0},
	{"fnpe, Langevin", guide.ComposeOptions{Composition: guide.FNPE}, false, 5},
}

// Composed posteriors of gaussian_linear, by the reverse SDE and by the flow, from exact
// posteriors of single observations. With TWEEDIE_LONG=1 up to 1,000 observations: the table
// of docs/measurements/composition.md.
func TestComposedGaussianLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute")
	}
	sizes, draws := []int{1, 5}, 512
	if os.Getenv("TWEEDIE_LONG") != "" {
		sizes, draws = []int{1, 5, 20, 100, 1000}, 1000
	}
	for _, n := range sizes {
		if n > 100 {
			draws = 200
		}
		prior, each, cov, mean, variance := gaussianLinear(t, n)
		for _, way := range composedWays {
			if way.name == "auto-gauss" {
				way.o.Covariances = cov
			}
			c, err := guide.Compose(prior, way.o, each...)
			if err != nil {
				t.Fatal(err)
			}
			if way.correct > 0 && n > 20 {
				continue // 500 N evaluations
			}
			for _, m := range []sample.Method{sample.DPMpp2MSDE{}, sample.DPMpp2M{}} {
				steps := 40
				if way.correct > 0 {
					if _, flow := m.(sample.DPMpp2M); flow {
						continue
					}
					m, steps = sample.AnnealedLangevin{SNR: 0.5 / math.Sqrt(float64(n)), Steps: way.correct}, 100
				}
				res, err := sample.Run(context.Background(), c, m, draws, &sample.Options{Steps: steps, Seed: 1, Init: c.Start(1)})
				if err != nil {
					t.Fatal(err)
				}
				shift, ratio := apart(res.X, mean, variance)
				t.Logf("N = %4d  %-22s  %-12s  mean off by %.3f sd, variance by %+.3f", n, way.name, m.Info().Name, shift, ratio)
				if n > 1 && n <= 20 && way.correct > 0 && (shift > 0.5 || math.Abs(ratio) > 0.15) {
					t.Errorf("N = %d, %s: Langevin steps do not cure it", n, way.name)
				}
				if n > 1 && !way.exact && way.correct == 0 && shift < 0.5 && math.Abs(ratio) < 0.15 {
					t.Errorf("N = %d, %s: passes, and is said to be biased", n, way.name)
				}
				// Four standard errors, and what 40 steps leave.
				if way.exact && (shift > 0.02+4/math.Sqrt(float64(10*draws)) || math.Abs(ratio) > 0.02+4*math.Sqrt(2/float64(10*draws))) {
					t.Errorf("N = %d, %s: too far off", n, way.name)
				}
			}
		}
	}
}

// folded are posteriors of w ~ N(0, 1) given the numbers y_i, which are w or, three times in
// ten, −w, with an error of deviation ½: two modes, of which more observations take the
// second away. The law given all has 2^N parts.
func folded(tb testing.TB, y ...float64) (prior *sde.Gaussian, each []sde.Denoiser, all *sde.Mixture) {
	tb.Helper()
	const s2 = 0.25
	line := func(m, v float64) *sde.Gaussian {
		g, err := sde.NewGaussian([]float64{m}, mat.NewSymDense(1, []float64{v}), sde.VP{})
		if err != nil {
			tb.Fatal(err)
		}
		return g
	}
	mixture := func(w []float64, c []*sde.Gaussian) *sde.Mixture {
		m, err := sde.NewMixture(w, c)
		if err != nil {
			tb.Fatal(err)
		}
		return m
	}
	for _, v := range y {
		m := v / (1 + s2)
		each = append(each, mixture([]float64{0.7, 0.3}, []*sde.Gaussian{line(m, s2/(1+s2)), line(-m, s2/(1+s2))}))
	}
	var weights []float64
	var parts []*sde.Gaussian
	n := float64(len(y))
	for bits := range 1 << len(y) {
		sum, log, square := 0.0, 0.0, 0.0
		for i, v := range y {
			p := 0.7
			if bits>>i&1 == 1 {
				p, v = 0.3, -v
			}
			sum, log, square = sum+v, log+math.Log(p), square+v*v
		}
		variance := s2 / (n + s2)
		weights = append(weights, math.Exp(log-(square-sum*sum/(n+s2))/(2*s2)))
		parts = append(parts, line(sum/(n+s2), variance))
	}
	return line(0, 1), each, mixture(weights, parts)
}

// What compositions do to posteriors with two modes, and what remedies do: the mass of the
// larger mode. FKC is exact.
func TestComposedMixture(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute")
	}
	ctx := context.Background()
	draws, recur, seen := 1000, []int(nil), [][]float64{{0.5, 0.7}}
	if os.Getenv("TWEEDIE_LONG") != "" {
		draws, recur, seen = 4000, []int{5, 20}, append(seen, []float64{0.5, 0.7, 0.3, 0.6})
	}
	for _, y := range seen {
		prior, each, all := folded(t, y...)
		x := mat.NewDense(200_000, 1, nil)
		all.Sample(x, 1, 0)
		want, cov := above(x), []mat.Symmetric{}
		_, sd := moments(x, 0)
		for _, d := range each {
			cov = append(cov, d.(sde.Law).Covariance())
		}
		for _, o := range []guide.ComposeOptions{{}, {Composition: guide.GAUSS, Covariances: cov}} {
			name := o.Composition
			c, err := guide.Compose(prior, o, each...)
			if err != nil {
				t.Fatal(err)
			}
			methods := []sample.Method{sample.DPMpp2MSDE{}, sample.DPMpp2M{}}
			for _, r := range recur {
				methods = append(methods, sample.Recurrence{Inner: sample.DPMpp2MSDE{}, Times: r})
			}
			for _, m := range methods {
				res, err := sample.Run(ctx, c, m, draws, &sample.Options{Steps: 40, Seed: 1})
				if err != nil {
					t.Fatal(err)
				}
				times := 0
				if r, ok := m.(sample.Recurrence); ok {
					times = r.Times
				}
				_, s := moments(res.X, 0)
				t.Logf("N = %d  %-5v  %-20s  recurrence %2d  mass above 0: %.3f, want %.3f; deviation %.3f, want %.3f", len(y), name, m.Info().Name, times, above(res.X), want, s, sd)
				if e := math.Abs(above(res.X) - want); e > 0.15 {
					t.Errorf("%v: off by %.3f", name, e)
				}
			}
			models, powers, err := c.Product()
			if err != nil {
				t.Fatal(err)
			}
			p, err := sample.RunParticles(ctx, sample.FKC{Models: models, Weights: powers}, sample.DDIM{Eta: 1}, 8, draws/2, &sample.ParticleOptions{Options: sample.Options{Steps: 100, Seed: 2}})
			if err != nil {
				t.Fatal(err)
			}
			rows, err := p.Draw(draws/2, 3)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("N = %d  FKC  mass above 0: %.3f, want %.3f", len(y), above(rows), want)
			if e := math.Abs(above(rows) - want); e > 2/math.Sqrt(float64(draws)) {
				t.Errorf("FKC: mass %.3f, want %.3f", above(rows), want)
			}
		}
	}
}

// above is the share of the first column above 0.
func above(x *mat.Dense) float64 {
	n, _ := x.Dims()
	k := 0.0
	for i := range n {
		if x.At(i, 0) > 0 {
			k++
		}
	}
	return k / float64(n)
}
