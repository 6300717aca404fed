package sample_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// correlated is N((1, -.5), (1.5, .9; .9, 1)).
func correlated(tb testing.TB, s sde.Schedule) *sde.Gaussian {
	tb.Helper()
	g, err := sde.NewGaussian([]float64{1, -0.5}, mat.NewSymDense(2, []float64{1.5, 0.9, 0.9, 1}), s)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// sums observes m sums of the two coordinates, with errors of standard deviation .4.
func sums(m int) (a *mat.Dense, y *mat.Dense) {
	return mat.NewDense(m, 2, []float64{1, -0.6, 0.3, 1}[:2*m]), mat.NewDense(1, m, []float64{2.1, -1}[:m])
}

const sumSD = 0.4

func observedSums(m int) (sde.Observation, *mat.Dense) {
	a, y := sums(m)
	// A is an operator without derivative, which linear maps of this package have.
	apply := sde.OperatorFunc{Dim: 2, Out: m, F: func(dst, x []float64) {
		for k := range dst {
			dst[k] = a.At(k, 0)*x[0] + a.At(k, 1)*x[1]
		}
	}}
	return sde.Observation{A: apply, Y: y, Error: sde.NormalError{SD: sumSD}}, a
}

func posteriorOf(tb testing.TB, g *sde.Gaussian, o sde.Observation, a *mat.Dense) sde.Law {
	tb.Helper()
	m, _ := a.Dims()
	r := mat.NewSymDense(m, nil)
	for k := range m {
		r.SetSym(k, k, sumSD*sumSD)
	}
	post, err := g.Posterior(a, o.Y.RawRowView(0), r)
	if err != nil {
		tb.Fatal(err)
	}
	return post
}

// On normal data the guided mean is that of the posterior, at any time, for ensembles of
// any law: here one that is far from that of x_t.
func TestEnKGMeanIsThatOfThePosterior(t *testing.T) {
	for _, sched := range []sde.Schedule{sde.VP{}, sde.VE{}} {
		for m := 1; m <= 2; m++ {
			for _, k := range []int{4, 7, 50} {
				g := correlated(t, sched)
				o, a := observedSums(m)
				post := posteriorOf(t, g, o, a)
				for _, u := range []float64{1, 0.6, 0.2, 0.01} {
					e := sample.EnKG{Model: g, Observations: []sde.Observation{o}}
					worst := 0.0
					probe := probe{Denoiser: post, worst: &worst}
					if _, err := sample.RunEnKG(t.Context(), e, probe, 2, k, &sample.Options{Times: []float64{u, u / 2}, Seed: 4, Workers: 1}); err != nil { // one, for the probe is shared
						t.Fatal(err)
					}
					if worst > 1e-7 {
						t.Errorf("%T, %d observations, %d rows, t = %g: off by %g", sched, m, k, u, worst)
					}
				}
			}
		}
	}
}

// probe is a method of which a step compares the guided means with those of a denoiser.
type probe struct {
	sde.Denoiser
	worst *float64
}

func (p probe) Info() sample.Info { return sample.Info{Name: "probe", EvalsPerStep: 1} }

func (p probe) New(d sde.Denoiser, n int) sample.Stepper {
	return &prober{p, d, mat.NewDense(n, d.Dim(), nil), mat.NewDense(n, d.Dim(), nil)}
}

type prober struct {
	probe
	of        sde.Denoiser
	got, want *mat.Dense
}

func (p *prober) Step(x *mat.Dense, t, _ float64, _ sde.Noise) error {
	for i := range x.RawMatrix().Rows { // skewed, and far away
		x.Set(i, 0, x.At(i, 0)*x.At(i, 0)+3)
	}
	if err := p.of.Denoise(p.got, x, []float64{t}); err != nil {
		return err
	}
	if err := p.Denoise(p.want, x, []float64{t}); err != nil {
		return err
	}
	for i := range x.RawMatrix().Rows {
		for j, v := range p.want.RawRowView(i) {
			*p.worst = math.Max(*p.worst, math.Abs(p.got.At(i, j)-v)/(1+math.Abs(v)))
		}
	}
	return nil
}

// momentErrors are the root mean squares, over ensembles, of the errors of the mean and of
// the covariance of their rows, and those of their averages.
func momentErrors(x *mat.Dense, k int, want sde.Law) (mean, cov, meanBias, covBias float64) {
	n, d := x.Dims()
	mu, c := want.Mean(), want.Covariance()
	sum, sum2 := make([]float64, d), mat.NewDense(d, d, nil)
	groups := n / k
	for g := range groups {
		e := x.Slice(g*k, (g+1)*k, 0, d).(*mat.Dense)
		m, s := moments(e)
		for i := range d {
			e := m[i] - mu[i]
			mean += e * e / float64(d*groups)
			sum[i] += e / float64(groups)
			for j := range d {
				e := s.At(i, j) - c.At(i, j)
				cov += e * e / float64(d*d*groups)
				sum2.Set(i, j, sum2.At(i, j)+e/float64(groups))
			}
		}
	}
	for i := range d {
		meanBias = math.Max(meanBias, math.Abs(sum[i]))
		for j := range d {
			covBias = math.Max(covBias, math.Abs(sum2.At(i, j)))
		}
	}
	return math.Sqrt(mean), math.Sqrt(cov), meanBias, covBias
}

func moments(x *mat.Dense) ([]float64, *mat.SymDense) {
	n, d := x.Dims()
	mean, cov := make([]float64, d), mat.NewSymDense(d, nil)
	for i := range n {
		for j := range d {
			mean[j] += x.At(i, j) / float64(n)
		}
	}
	for i := range n {
		for a := range d {
			for b := a; b < d; b++ {
				cov.SetSym(a, b, cov.At(a, b)+(x.At(i, a)-mean[a])*(x.At(i, b)-mean[b])/float64(n-1))
			}
		}
	}
	return mean, cov
}

// expected are those of independent draws of a normal law: √(tr C/(d J)) and
// √(Σ_ij (C_ii C_jj + C_ij²)/(d² (J-1))).
func expected(want sde.Law, k int) (mean, cov float64) {
	c := want.Covariance()
	d := c.SymmetricDim()
	for i := range d {
		mean += c.At(i, i) / float64(d*k)
		for j := range d {
			cov += (c.At(i, i)*c.At(j, j) + c.At(i, j)*c.At(i, j)) / float64(d*d*(k-1))
		}
	}
	return math.Sqrt(mean), math.Sqrt(cov)
}

// The errors of an ensemble of J are those of J independent draws of the posterior, which
// fall as 1/√J: of the mean and of the covariance, with one observation and with two.
func TestEnKGErrorsFallAsOneOverRootJ(t *testing.T) {
	sizes := []int{64, 1024}
	if testing.Verbose() && !testing.Short() {
		sizes = []int{64, 256, 1024, 4096}
	}
	for m := 1; m <= 2; m++ {
		g := correlated(t, sde.VP{})
		o, a := observedSums(m)
		post := posteriorOf(t, g, o, a)
		for _, k := range sizes {
			groups := max(16, 1<<14/k)
			res, err := sample.RunEnKG(t.Context(), sample.EnKG{Model: g, Observations: []sde.Observation{o}}, sample.DPMpp2M{}, groups, k, &sample.Options{Steps: 50, Seed: 11})
			if err != nil {
				t.Fatal(err)
			}
			mean, cov, meanBias, covBias := momentErrors(res.X, k, post)
			wantMean, wantCov := expected(post, k)
			t.Logf("m %d J %4d: mean %.4f (independent draws %.4f), covariance %.4f (%.4f); of all %d ensembles %.4f, %.4f", m, k, mean, wantMean, cov, wantCov, groups, meanBias, covBias)
			// A root mean square over n independent numbers is good to 1/√(2n); kurtosis
			// and the correlation of the entries make that at most twice as large.
			slack := 1 + 4*2/math.Sqrt(2*float64(groups))
			if mean > wantMean*slack || cov > wantCov*slack || mean < wantMean/slack || cov < wantCov/slack {
				t.Errorf("%d observations, J = %d: errors %.4f and %.4f, want %.4f and %.4f within %.2g times", m, k, mean, cov, wantMean, wantCov, slack)
			}
			root := math.Sqrt(float64(groups))
			if meanBias > 4*wantMean*1.5/root+0.002 || covBias > 4*wantCov*1.5/root+0.004 {
				t.Errorf("%d observations, J = %d: bias %.4f of the mean, %.4f of the covariance", m, k, meanBias, covBias)
			}
		}
	}
}

// Workers and shards change no bit; observations and a PerRow model stay with ensembles.
func TestEnKGSplit(t *testing.T) {
	g := correlated(t, sde.VP{})
	o, _ := observedSums(1)
	o.Y = mat.NewDense(5, 1, []float64{2, 0, -1, 1, 3})
	e := sample.EnKG{Model: g, Observations: []sde.Observation{o}}
	run := func(groups, first, workers int) *mat.Dense {
		res, err := sample.RunEnKG(t.Context(), e, sample.DPMpp2MSDE{}, groups, 20, &sample.Options{Steps: 12, Seed: 5, First: first, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		if res.NFE != 12 {
			t.Errorf("%g evaluations a row", res.NFE)
		}
		return res.X
	}
	whole := run(5, 0, 1)
	if !mat.Equal(whole, run(5, 0, 4)) {
		t.Error("workers change rows")
	}
	if !mat.Equal(whole.Slice(40, 80, 0, 2), run(2, 2, 3)) {
		t.Error("shards change rows")
	}
	for i, want := range []float64{2, 0, -1, 1, 3} {
		m, _ := moments(whole.Slice(20*i, 20*i+20, 0, 2).(*mat.Dense))
		if got := m[0] - 0.6*m[1]; math.Abs(got-want) > 0.7 {
			t.Errorf("ensemble %d is at %.2f for y = %g", i, got, want)
		}
	}
}
