package sample

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// squares is the schedule of oracle.Squared, α = exp(t² ln 1e-3), σ² = 1 - α² + 1e-6.
type squares struct{}

func (squares) Coeff(t float64) sde.Coeff {
	a, s := oracle.Squared(t)
	da := 2 * t * math.Log(1e-3) * a
	return sde.Coeff{Alpha: a, Sigma: s, DAlpha: da, DSigma: -a * da / s}
}

func uniform(n int) []float64 { return UniformGrid{}.Times(nil, 1, 0, n) }

// lineTwist is the guided denoiser of a Gaussian prior N(0, C) on the line and y =
// x_0 + N(0, R), which believes data of variance Tau.
type lineTwist struct {
	*sde.Gaussian
	oracle.Observed
	tau float64
}

func newLine(tb testing.TB, c, tau float64) lineTwist {
	return lineTwist{gauss1(tb, 0, c, squares{}), oracle.Observed{C: c, Y: 1.5, R: 0.25}, tau}
}

func (w lineTwist) believes(t float64) float64 {
	a, s := oracle.Squared(t)
	return w.R + w.tau*s*s/(a*a*w.tau+s*s)
}

func (w lineTwist) LogProb(dst []float64, x *mat.Dense, t []float64) error {
	a, s := oracle.Squared(t[0])
	v := w.believes(t[0])
	for i := range dst {
		dst[i] = logNormal(w.Y, a*w.C/(a*a*w.C+s*s)*x.At(i, 0), v)
	}
	return nil
}

func (w lineTwist) Denoise(dst, x *mat.Dense, t []float64) error {
	a, s := oracle.Squared(t[0])
	j := a * w.C / (a*a*w.C + s*s)
	n, _ := x.Dims()
	for i := range n {
		d := j * x.At(i, 0)
		dst.Set(i, 0, d+s*s/a*j*(w.Y-d)/w.believes(t[0]))
	}
	return nil
}

func logNormal(x, m, v float64) float64 { return -0.5*(x-m)*(x-m)/v - 0.5*math.Log(2*math.Pi*v) }

func (w lineTwist) logLikelihood(dst []float64, x *mat.Dense, _ int) error {
	for i := range dst {
		dst[i] = logNormal(w.Y, x.At(i, 0), w.R)
	}
	return nil
}

// twist is LogProb as the Intermediate of FK.
func (w lineTwist) twist(dst []float64, x *mat.Dense, t float64, _ int) error {
	return w.LogProb(dst, x, []float64{t})
}

// matched is a guided denoiser with the moments of its prior.
type matched struct {
	sde.Denoiser
	prior *sde.Gaussian
}

func (d matched) Unwrap() sde.Denoiser { return d.prior }

func (w lineTwist) tds() TDS {
	return TDS{Model: w.Gaussian, Guided: w, LogLikelihood: w.logLikelihood}
}

// chainLaw returns mean, variance and evidence under the law of the chain of n
// steps, which is N(0, v).
func (w lineTwist) chainLaw(n int) (mean, variance, logZ float64) {
	_, v := w.Ancestral(n, oracle.Unguided, 1, 1, true)
	return v / (v + w.R) * w.Y, v * w.R / (v + w.R), logNormal(w.Y, 0, v+w.R)
}

func particles(tb testing.TB, tg Target, m Method, groups, k int, o ParticleOptions) *Particles {
	tb.Helper()
	c, err := RunParticles(context.Background(), tg, m, groups, k, &o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// within reports whether the mean of v is further than k standard errors from
// want, or "".
func within(what string, v []float64, want, k float64) string {
	m, q, n := 0.0, 0.0, float64(len(v))
	for _, x := range v {
		m += x / n
		q += x * x / n
	}
	se := math.Sqrt((q - m*m) / (n - 1))
	if !(math.Abs(m-want) <= k*se) {
		return fmt.Sprintf("%s %.4f ± %.4f, want %.4f", what, m, se, want)
	}
	return ""
}

// expectations returns Ẑ/Z and the unnormalized estimates of E[Z x] and E[Z x²] of
// each group: all are unbiased, so that their means over groups have no bias for
// any number of particles.
func expectations(c *Particles, logZ float64) (z, zx, zxx []float64) {
	for g := range c.Groups {
		e := math.Exp(c.LogEvidence[g] - logZ)
		var m, q float64
		for i := range c.PerGroup {
			x, w := c.rows(g).At(i, 0), c.Weights[g*c.PerGroup+i]
			m += w * x
			q += w * x * x
		}
		z, zx, zxx = append(z, e), append(zx, e*m), append(zxx, e*q)
	}
	return z, zx, zxx
}

// unbiased reports how the groups of a cloud differ from mean, variance and
// evidence, or "".
func unbiased(c *Particles, mean, variance, logZ float64) string {
	z, zx, zxx := expectations(c, logZ)
	return strings.TrimSpace(within("evidence", z, 1, 3) + " " + within("mean", zx, mean, 3) + " " + within("square", zxx, variance+mean*mean, 3))
}

// TDS on a Gaussian prior is unbiased for the law of the chain, whatever the
// twist, the method's noise and the resampler, defended or not, with 200 replicas.
func TestTDSIsUnbiasedForTheChain(t *testing.T) {
	const n, k, groups = 64, 24, 200
	for _, tau := range []float64{4, 1} {
		w := newLine(t, 4, tau)
		mean, variance, logZ := w.chainLaw(n)
		for _, c := range []struct {
			r  Resampler
			th float64
		}{{Systematic, 0.5}, {Stratified, 1}, {Multinomial, 0.3}, {Residual, 0.8}} {
			o := ParticleOptions{Options: Options{Times: uniform(n), Seed: 5}, Resampler: c.r, Threshold: c.th, Undefended: c.r == Stratified || c.r == Residual}
			cloud := particles(t, w.tds(), DDIM{Eta: 1}, groups, k, o)
			if diff := unbiased(cloud, mean, variance, logZ); diff != "" {
				t.Errorf("tau² = %g, %v: %s", tau, c.r, diff)
			}
			// planted errors: the law of the data in place of the chain's, and an
			// evidence that is off by the twist's at the end
			if c.r == Systematic && tau == 4 {
				m, v := w.Observed.Posterior()
				if unbiased(cloud, m, v, logNormal(w.Y, 0, w.C+w.R)) == "" {
					t.Error("the law of the data passes for that of the chain")
				}
			}
		}
		o := ParticleOptions{Options: Options{Times: uniform(n), Seed: 5}}
		wide := w
		wide.R *= 3
		for name, faulty := range map[string]Target{
			"three times the error in the last weight": TDS{Model: w.Gaussian, Guided: w, LogLikelihood: wide.logLikelihood},
			"no ratio of proposals":                    FK{Model: matched{w, w.Gaussian}, Reward: w.logLikelihood, Intermediate: w.twist},
		} {
			if tau == 1 { // whose estimates have three times the error
				continue
			}
			if unbiased(particles(t, faulty, DDIM{Eta: 1}, groups, k, o), mean, variance, logZ) == "" {
				t.Errorf("tau² = %g: %s passes", tau, name)
			}
		}
	}
}

// The error of log Ẑ falls as 1/√K.
func TestTDSConvergesAtTheMonteCarloRate(t *testing.T) {
	const n = 32
	w := newLine(t, 4, 1)
	_, _, logZ := w.chainLaw(n)
	rms := func(k, groups int) float64 {
		c := particles(t, w.tds(), DDIM{Eta: 1}, groups, k, ParticleOptions{Options: Options{Times: uniform(n), Seed: 9}})
		s := 0.0
		for _, e := range c.LogEvidence {
			s += (e - logZ) * (e - logZ) / float64(groups)
		}
		return math.Sqrt(s)
	}
	// The ratio of two root mean squares over 60 replicas is within a third.
	few, many := rms(64, 60), rms(1024, 60)
	if ratio := few / many; ratio < 4/1.6 || ratio > 4*1.6 {
		t.Errorf("errors %.4f and %.4f: ratio %.2f, want 4", few, many, ratio)
	}
}

// One particle takes the path of the guided sampler but for the last step.
func TestOneParticleIsTheGuidedSampler(t *testing.T) {
	w := newLine(t, 4, 4)
	ts := uniform(20)
	for _, m := range []Method{DDIM{Eta: 1}, DPMpp2MSDE{}} {
		var seen []float64
		c := particles(t, w.tds(), m, 1, 1, ParticleOptions{Undefended: true, Options: Options{Times: ts, Seed: 3, Observe: func(e Progress) error {
			seen = append(seen, e.X.At(0, 0))
			return nil
		}}})
		k := 0
		differ := func(d sde.Denoiser) (last bool) {
			k = 0
			_, err := Run(context.Background(), d, m, 1, &Options{Times: ts, Seed: 3, Observe: func(e Progress) error {
				if e.X.At(0, 0) != seen[k] {
					if e.Step < e.Steps {
						return fmt.Errorf("step %d: %g, want %g", e.Step, seen[k], e.X.At(0, 0))
					}
					last = true
				}
				k++
				return nil
			}})
			if err != nil {
				t.Errorf("%s: %v", m.Info().Name, err)
			}
			return last
		}
		if !differ(matched{w, w.Gaussian}) {
			t.Errorf("%s: the last step is guided", m.Info().Name)
		}
		if c.X.At(0, 0) != seen[len(seen)-1] || c.Weights[0] != 1 {
			t.Errorf("%s: row %g of weight %g, last seen %g", m.Info().Name, c.X.At(0, 0), c.Weights[0], seen[len(seen)-1])
		}
	}
}

// Groups, workers and shards: a group depends on its index alone.
func TestGroupsAreTheUnitOfDeterminism(t *testing.T) {
	w := newLine(t, 4, 1)
	o := ParticleOptions{Options: Options{Times: uniform(20), Seed: 3, Workers: 1}, Threshold: 0.9, Ancestry: true}
	all := particles(t, w.tds(), DPMpp2MSDE{}, 6, 16, o)
	o.Workers = 3
	if c := particles(t, w.tds(), DPMpp2MSDE{}, 6, 16, o); !mat.Equal(c.X, all.X) {
		t.Error("three workers give other rows than one")
	}
	o.First = 4
	c := particles(t, w.tds(), DPMpp2MSDE{}, 2, 16, o)
	if !mat.Equal(c.X, all.X.Slice(64, 96, 0, 1)) || c.LogEvidence[1] != all.LogEvidence[5] {
		t.Error("a shard gives other rows")
	}
	o.First, o.Seed = 0, 4
	if c := particles(t, w.tds(), DPMpp2MSDE{}, 6, 16, o); mat.Equal(c.X, all.X) {
		t.Error("another seed gives the same rows")
	}
	if all.Resampled[0] == 0 || all.Ancestors[0] == nil {
		t.Fatal("nothing was resampled: the test is blind")
	}
	distinct := map[int]bool{}
	for _, i := range all.Lineage(0) {
		distinct[i] = true
	}
	if len(distinct) == 16 || len(distinct) == 0 {
		t.Errorf("%d ancestors of 16 particles that were resampled", len(distinct))
	}
}

// Caches follow the particles: with weights that ignore them, resampled
// particles go on as rows of their own would.
func TestHistoriesFollowResampling(t *testing.T) {
	d := bimodal(t, sde.VP{})
	pull := func(dst []float64, x *mat.Dense, _ int) error {
		for i := range dst {
			dst[i] = 2 * x.At(i, 0)
		}
		return nil
	}
	for _, m := range []Method{DDIM{Eta: 1}, DPMpp2MSDE{}, EulerMaruyama{}} {
		o := ParticleOptions{Options: Options{Steps: 12, Seed: 1}, Threshold: 2, Ancestry: true}
		var xs []*mat.Dense
		o.Observe = func(e Progress) error { xs = append(xs, mat.DenseCopyOf(e.X)); return nil }
		c := particles(t, FK{Model: d, Reward: pull}, m, 1, 8, o)
		// replay: one stepper, gathered by the record of the ancestry
		st := m.New(d, 8)
		x, y := mat.DenseCopyOf(xs[0]), mat.NewDense(8, 2, nil)
		for k := range 12 {
			gatherRows(y, x, c.Ancestors[0][k])
			x, y = y, x
			if h, ok := st.(Gatherer); ok {
				h.Gather(c.Ancestors[0][k])
			}
			if err := st.Step(x, c.Times[k], c.Times[k+1], sde.NewStreams(1, "sample/step", 0)); err != nil {
				t.Fatal(err)
			}
			if !mat.EqualApprox(x, xs[k+1], 1e-12) {
				t.Fatalf("%s: step %d goes elsewhere", m.Info().Name, k)
			}
		}
	}
}

func TestCollapseIsReported(t *testing.T) {
	d := gauss1(t, 0, 1, sde.VP{})
	beyond := func(limit float64) RewardFunc {
		return func(dst []float64, x *mat.Dense, group int) error {
			for i := range dst {
				if dst[i] = 0; x.At(i, 0) < limit && (group == 1 || limit > 50) {
					dst[i] = math.Inf(-1)
				}
			}
			return nil
		}
	}
	plain := func(dst []float64, _ *mat.Dense, _ float64, _ int) error { clear(dst); return nil }
	o := ParticleOptions{Options: Options{Steps: 8}}
	c := particles(t, FK{Model: d, Reward: beyond(40), Intermediate: plain}, DDIM{Eta: 1}, 3, 10, o)
	if c.Collapsed[1] != 8 || c.Collapsed[0] != -1 || !math.IsInf(c.LogEvidence[1], -1) || c.Weights[10] != 0 || len(c.Caveats) != 1 {
		t.Errorf("collapsed %v, evidence %v, caveats %q", c.Collapsed, c.LogEvidence, c.Caveats)
	}
	if _, err := c.Draw(4, 1); err == nil || !strings.Contains(err.Error(), "group 1") {
		t.Errorf("draws from a collapsed group: %v", err)
	}
	all, err := RunParticles(context.Background(), FK{Model: d, Reward: beyond(60), Intermediate: plain}, DDIM{Eta: 1}, 2, 10, &o)
	if err == nil || !strings.Contains(err.Error(), "all weights are 0") || all.Collapsed[1] != 8 {
		t.Errorf("every group collapses: %v", err)
	}
	nan := func(dst []float64, _ *mat.Dense, _ int) error { dst[3] = math.NaN(); return nil }
	if _, err := RunParticles(context.Background(), FK{Model: d, Reward: nan}, DDIM{Eta: 1}, 2, 10, &o); err == nil || !strings.Contains(err.Error(), "particle 3") {
		t.Errorf("NaN in a reward: %v", err)
	}
}

// Hard events: the rows that are drawn all satisfy them, and the evidence is
// their probability under the chain.
func TestHardEventsHold(t *testing.T) {
	d := gauss1(t, 0, 1, squares{})
	const n, limit = 64, 0.8
	_, v := oracle.Observed{C: 1}.Ancestral(n, oracle.Unguided, 1, 1, true)
	above := func(dst []float64, x *mat.Dense, _ int) error {
		for i := range dst {
			if dst[i] = 0; x.At(i, 0) < limit {
				dst[i] = math.Inf(-1)
			}
		}
		return nil
	}
	soft := func(dst []float64, x *mat.Dense, _ float64, _ int) error {
		for i := range dst {
			dst[i] = math.Min(0, 2*x.At(i, 0))
		}
		return nil
	}
	c := particles(t, FK{Model: d, Reward: above, Intermediate: soft}, DDIM{Eta: 1}, 100, 40, ParticleOptions{Options: Options{Times: uniform(n)}})
	p := 0.5 * math.Erfc(limit/math.Sqrt(2*v))
	var z []float64
	for _, e := range c.LogEvidence {
		z = append(z, math.Exp(e))
	}
	if diff := within("probability", z, p, 3); diff != "" {
		t.Error(diff)
	}
	x, err := c.Draw(20, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if x.At(i, 0) < limit {
			t.Fatalf("row %d is %g", i, x.At(i, 0))
		}
	}
}

func TestParticlesRefuse(t *testing.T) {
	d := gauss1(t, 0, 1, sde.VP{})
	one := func(dst []float64, _ *mat.Dense, _ int) error { clear(dst); return nil }
	fk := FK{Model: d, Reward: one}
	twist := newLine(t, 1, 1)
	for name, c := range map[string]struct {
		tg Target
		m  Method
		o  ParticleOptions
	}{
		"no kernel":         {fk, Heun{}, ParticleOptions{}},
		"no noise":          {fk, DDIM{}, ParticleOptions{}},
		"temperature":       {fk, DDIM{Eta: 1}, ParticleOptions{Options: Options{Temperature: 0.5}}},
		"block":             {fk, DDIM{Eta: 1}, ParticleOptions{Options: Options{Block: 5}}},
		"schedules":         {FK{Model: d, Reward: one, Proposal: gauss1(t, 0, 1, sde.Cosine{})}, DDIM{Eta: 1}, ParticleOptions{}},
		"budget":            {fk, DDIM{Eta: 1}, ParticleOptions{Options: Options{NFE: 50}}},
		"no reward":         {FK{Model: d}, DDIM{Eta: 1}, ParticleOptions{}},
		"no likelihood":     {TDS{Model: d, Guided: twist}, DDIM{Eta: 1}, ParticleOptions{}},
		"corrected, flow":   {FKC{Models: []sde.Denoiser{d}, Weights: []float64{1}}, DDIM{Eta: 1}, ParticleOptions{Options: Options{Denoise: true}}},
		"corrected, no law": {FKC{Models: []sde.Denoiser{d}, Weights: []float64{-1}}, DDIM{Eta: 1}, ParticleOptions{}},
		"weights":           {FKC{Models: []sde.Denoiser{d}, Weights: []float64{1, 1}}, DDIM{Eta: 1}, ParticleOptions{}},
		"start":             {fk, DDIM{Eta: 1}, ParticleOptions{Options: Options{From: mat.NewDense(3, 1, nil)}}},
		"exact, denoised":   {TDS{Model: d, Guided: twist, Exact: &ValueCondition{Index: []int{0}, Values: mat.NewDense(1, 1, nil)}}, DDIM{Eta: 1}, ParticleOptions{Options: Options{Denoise: true}}},
		"exact, twice":      {TDS{Model: d, Guided: twist, Exact: &ValueCondition{Index: []int{0, 0}, Values: mat.NewDense(1, 2, nil)}}, DDIM{Eta: 1}, ParticleOptions{}},
	} {
		if _, err := RunParticles(context.Background(), c.tg, c.m, 2, 4, &c.o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
