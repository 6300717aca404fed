package bench

import (
	"context"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/guide"
	"tweedie/internal/numeric"
	"tweedie/sample"
	"tweedie/sde"
)

// Packages guide and sample do not import each other. This file tests them together:
// where a guide is exact, a guided run is a run of the exact posterior, row by row, under
// every method, and however the rows are split.

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// laws is a denoiser with a law of its own for each row.
type laws []sde.Law

func (l laws) Schedule() sde.Schedule { return l[0].Schedule() }
func (l laws) Dim() int               { return l[0].Dim() }

func (l laws) Denoise(dst, x *mat.Dense, t []float64) error {
	_, d := x.Dims()
	for i, law := range l {
		at := []float64{sde.Time(t, i)}
		if err := law.Denoise(dst.Slice(i, i+1, 0, d).(*mat.Dense), x.Slice(i, i+1, 0, d).(*mat.Dense), at); err != nil {
			return err
		}
	}
	return nil
}

func (l laws) Rows(idx []int) sde.Denoiser {
	out := make(laws, len(idx))
	for i, k := range idx {
		out[i] = l[k]
	}
	return out
}

// bayes is the exact classifier of the event that post was conditioned on.
type bayes struct {
	prior, post sde.Law
	evidence    float64
}

func (b bayes) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	s := mat.NewDense(n, d, nil)
	b.prior.Score(s, x, t)
	b.post.Score(dst, x, t)
	dst.Sub(dst, s)
	sde.LogLikelihoodAt(logp, b.prior, b.post, b.evidence, x, t)
	return nil
}

func (bayes) Exact() bool { return true }

// scaled multiplies the change that a guide makes, as a programmer's error would.
type scaled struct {
	sde.Denoiser
	prior sde.Denoiser
	by    float64
}

func (s scaled) Rows(idx []int) sde.Denoiser {
	s.Denoiser = s.Denoiser.(sde.PerRow).Rows(idx)
	return s
}

func (s scaled) Denoise(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	p := mat.NewDense(n, d, nil)
	if err := s.prior.Denoise(p, x, t); err != nil {
		return err
	}
	if err := s.Denoiser.Denoise(dst, x, t); err != nil {
		return err
	}
	dst.Sub(dst, p)
	dst.Scale(s.by, dst)
	dst.Add(dst, p)
	return nil
}

// exactCase is a guided denoiser with the posterior that it stands for.
type exactCase struct {
	name   string
	prior  *sde.Gaussian
	guided sde.Denoiser
	exact  laws
	broken sde.Denoiser // the same with an error planted
}

const exactRows = 11

// exactCases lists guides where they are exact: all but the truncation and the
// diagonal cases on a Gaussian with a covariance.
func exactCases() []exactCase {
	sched := sde.VP{}
	full := must(sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 2}), sched))
	diag := must(sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0, 0, 2}), sched))
	const sd = 0.4
	a, r := mat.NewDense(1, 2, []float64{1, -0.5}), mat.NewSymDense(1, []float64{sd * sd})
	y, swapped := mat.NewDense(exactRows, 1, nil), mat.NewDense(exactRows, 1, nil)
	for i := range exactRows {
		y.Set(i, 0, float64(i)/4-1)
		swapped.Set(exactRows-1-i, 0, float64(i)/4-1)
	}
	observe := func(y *mat.Dense) sde.Observation {
		return sde.Observation{A: sde.NewLinearMap(a), Y: y, Error: sde.NormalError{SD: sd}}
	}
	posterior := func(g *sde.Gaussian, i int) sde.Law { return must(g.Posterior(a, y.RawRowView(i), r)) }
	same := func(l sde.Law) laws {
		out := make(laws, exactRows)
		for i := range out {
			out[i] = l
		}
		return out
	}
	each := func(g *sde.Gaussian) laws {
		out := make(laws, exactRows)
		for i := range out {
			out[i] = posterior(g, i)
		}
		return out
	}
	one := observe(mat.NewDense(1, 1, []float64{y.At(0, 0)}))
	weaker := func(g *sde.Gaussian, terms ...guide.Term) sde.Denoiser {
		return scaled{guide.New(g, terms...), g, 1.05}
	}
	post := posterior(full, 0)
	classified := guide.ClassifierGuidance{ClassScore: bayes{full, post, full.LogEvidence(a, y.RawRowView(0), r)}}
	other := must(sde.NewGaussian([]float64{0, 0.2}, mat.NewSymDense(2, []float64{0.6, 0.1, 0.1, 0.9}), sched))
	swap := must(guide.NewPriorSwap(full, other))
	cut := must(sde.NewTruncatedNormal([]float64{0.5, -1}, []float64{1, 2}, []float64{0.2, math.Inf(-1)}, []float64{math.Inf(1), math.Inf(1)}, sched))
	within := guide.Within{guide.Interval(2, 0, 0.2, math.Inf(1))}
	difference := guide.CustomScore{F: func(g []float64, p guide.RowState) error {
		s, x := mat.NewDense(1, 2, g), mat.NewDense(1, 2, append([]float64(nil), p.X...))
		post.Score(s, x, []float64{p.T})
		for j, v := range p.Score {
			g[j] -= v
		}
		return nil
	}}
	return []exactCase{
		{"MMPS", full, guide.New(full, guide.MMPS{Observation: one}), same(post), weaker(full, guide.MMPS{Observation: one})},
		{"MMPS, each row its own", full, guide.New(full, guide.MMPS{Observation: observe(y)}), each(full), guide.New(full, guide.MMPS{Observation: observe(swapped)})},
		{"ΠGDM, each row its own", diag, guide.New(diag, guide.PiGDM{Observation: observe(y)}), each(diag), guide.New(diag, guide.PiGDM{Observation: observe(y), DataVariance: 1.1})},
		{"a prior swapped", full, guide.New(full, swap), same(other), weaker(full, swap)},
		{"Within", diag, guide.New(diag, within), same(cut), weaker(diag, within)},
		{"a classifier", full, guide.New(full, classified), same(post), weaker(full, classified)},
		{"CFG, w = 1", full, &guide.CFG{Cond: post, Uncond: full, W: 1}, same(post), &guide.CFG{Cond: post, Uncond: full, W: 1.05}},
		{"CFG that guides MMPS", full, guide.New(&guide.CFG{Cond: full, Uncond: diag, W: 1}, guide.MMPS{Observation: observe(y)}), each(full), guide.New(&guide.CFG{Cond: full, Uncond: diag, W: 1.05}, guide.MMPS{Observation: observe(y)})},
		{"a function", full, guide.New(full, difference), same(post), weaker(full, difference)},
	}
}

// guidedMethods is every method, its steps few.
func guidedMethods() []sample.Method {
	ddpm := must(sde.NewDDPM(sde.VP{}, 40))
	return []sample.Method{
		sample.EulerMaruyama{}, sample.ReverseDiffusion{}, sample.Ancestral{}, sample.Ancestral{Posterior: true}, sample.ProbabilityFlow{},
		sample.DDIM{}, sample.DDIM{Eta: 1}, sample.DPMpp2M{}, sample.DPMpp2MSDE{}, sample.DPMpp2S{}, sample.UniPC2{},
		sample.Heun{}, sample.Heun{Churn: 2}, sample.StochasticHeun{}, sample.ShARK{}, sample.RK4{},
		sample.DormandPrince{RTol: 1e-3, ATol: 1e-3}, sample.AdaptiveSDE{RTol: 0.1, ATol: 0.1}, sample.AnnealedLangevin{Steps: 2},
		sample.PredictorCorrector{Predictor: sample.DDIM{Eta: 1}},
		sample.Recurrence{Inner: sample.DDIM{Eta: 1}, Times: 2}, sample.Recurrence{Inner: sample.DPMpp2M{}},
		sample.DiscreteAncestral{Levels: ddpm},
	}
}

// guidedRun draws the rows first … last-1 of a run of d.
func guidedRun(tb testing.TB, d sde.Denoiser, prior *sde.Gaussian, m sample.Method, first, last, block, workers int) *mat.Dense {
	tb.Helper()
	idx := make([]int, last-first)
	for i := range idx {
		idx[i] = first + i
	}
	if p, ok := d.(sde.PerRow); ok {
		d = p.Rows(idx)
	}
	o := &sample.Options{Seed: 3, First: first, Block: block, Workers: workers, Init: sample.TerminalOf(prior, 1)}
	if _, own := m.(sample.FixedTimes); !own && m.Info().EvalsPerStep > 0 {
		o.Steps = 24
		// Schemes in t are unstable where λ moves fast at t = 1.
		if m.Info().Order == 1 {
			o.Grid = sample.UniformGrid{}
		}
	}
	res, err := sample.Run(context.Background(), d, m, last-first, o)
	if err != nil {
		tb.Fatal(err)
	}
	return res.X
}

// furthest is the largest difference of two runs.
func furthest(a, b *mat.Dense) float64 {
	worst := 0.0
	for i, v := range a.RawMatrix().Data {
		if e := math.Abs(v - b.RawMatrix().Data[i]); !(e <= worst) {
			worst = e
		}
	}
	return worst
}

// follows reports how a guided run differs from one of the exact posterior.
func follows(tb testing.TB, c exactCase, d sde.Denoiser, m sample.Method) string {
	got := guidedRun(tb, d, c.prior, m, 0, exactRows, 0, 1)
	want := guidedRun(tb, c.exact, c.prior, m, 0, exactRows, 0, 1)
	if e := furthest(got, want); !(e < 1e-7) {
		return fmt.Sprintf("rows differ by %.2g", e)
	}
	return ""
}

// splits reports whether blocks, workers or shards change a bit of a run.
func splits(tb testing.TB, c exactCase, m sample.Method) string {
	whole := guidedRun(tb, c.guided, c.prior, m, 0, exactRows, 0, 1)
	if !mat.Equal(whole, guidedRun(tb, c.guided, c.prior, m, 0, exactRows, 3, 2)) {
		return "blocks of 3 change it"
	}
	for _, s := range [][2]int{{0, 4}, {4, exactRows}} {
		if !mat.Equal(whole.Slice(s[0], s[1], 0, c.prior.Dim()), guidedRun(tb, c.guided, c.prior, m, s[0], s[1], 2, 2)) {
			return fmt.Sprintf("rows %d to %d alone differ", s[0], s[1])
		}
	}
	return ""
}

func TestGuidesUnderSamplers(t *testing.T) {
	for _, c := range exactCases() {
		for _, m := range guidedMethods() {
			t.Run(c.name+"/"+m.Info().Name, func(t *testing.T) {
				if diff := splits(t, c, m); diff != "" {
					t.Error(diff)
				}
				if _, ok := m.(sample.AdaptiveSDE); ok {
					// Its times follow the state, and a Brownian path is rough: rounding
					// grows. TestGuidedMoments has it.
					return
				}
				if diff := follows(t, c, c.guided, m); diff != "" {
					t.Error(diff)
				}
				if follows(t, c, c.broken, m) == "" {
					t.Error("a planted error passes")
				}
			})
		}
	}
}

// Without a reference run: mean and covariance of guided rows are those of the
// posterior, under a sampler of each family.
func TestGuidedMoments(t *testing.T) {
	const n = 800
	sched := sde.VP{}
	g := must(sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 2}), sched))
	a, r := mat.NewDense(1, 2, []float64{1, -0.5}), mat.NewSymDense(1, []float64{0.16})
	obs := sde.Observation{A: sde.NewLinearMap(a), Y: mat.NewDense(1, 1, []float64{2}), Error: sde.NormalError{SD: 0.4}}
	post := must(g.Posterior(a, []float64{2}, r))
	check := func(d sde.Denoiser, m sample.Method) string {
		o := &sample.Options{Seed: 8}
		if m.Info().EvalsPerStep > 0 {
			o.Steps = 60
		}
		x := must(sample.Run(context.Background(), d, m, n, o)).X
		mean, cov := mat.NewVecDense(2, post.Mean()), post.Covariance()
		for _, w := range [][]float64{{1, 0}, {0, 1}, {1, -0.5}} { // the last is what is observed
			u := mat.NewVecDense(2, w)
			var along mat.VecDense
			along.MulVec(x, u)
			got, variance := stat.MeanVariance(along.RawVector().Data, nil)
			// five standard errors, and the bias of 60 steps
			if want, v := mat.Dot(mean, u), mat.Inner(u, cov, u); math.Abs(got-want) > 5*math.Sqrt(v/n)+0.02 || math.Abs(variance/v-1) > 5*math.Sqrt(2./n)+0.03 {
				return fmt.Sprintf("along %v: mean %.3f, variance %.3f, want %.3f and %.3f", w, got, variance, want, v)
			}
		}
		return ""
	}
	for _, m := range []sample.Method{
		sample.DPMpp2M{}, sample.RK4{}, sample.DDIM{Eta: 1}, sample.DPMpp2MSDE{}, sample.ShARK{}, sample.AdaptiveSDE{RTol: 0.1, ATol: 0.1},
		sample.PredictorCorrector{Predictor: sample.DPMpp2M{}, Corrector: sample.Langevin{SNR: 0.05}}, sample.Recurrence{Inner: sample.DDIM{Eta: 1}},
	} {
		if diff := check(guide.New(g, guide.MMPS{Observation: obs}), m); diff != "" {
			t.Errorf("%s: %s", m.Info().Name, diff)
		}
		if check(guide.New(g, guide.DPS{Observation: obs}), m) == "" {
			t.Errorf("%s: DPS passes for the posterior", m.Info().Name)
		}
	}
}

// asked is a posterior that gives its answers one by one, not all at once.
type asked struct{ sample.TwistedDenoiser }

func (asked) Caveats() []string { return nil } // as exact as it is

// Particles take a guide as it is: its likelihood, and its three answers at once
// or one by one, with the same weights; the cloud is that of the posterior.
func TestGuidedParticles(t *testing.T) {
	sched := sde.VP{}
	g := must(sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 2}), sched))
	a, r := mat.NewDense(1, 2, []float64{1, -0.5}), mat.NewSymDense(1, []float64{0.16})
	obs := sde.Observation{A: sde.NewLinearMap(a), Y: mat.NewDense(1, 1, []float64{2}), Error: sde.NormalError{SD: 0.4}}
	post := guide.New(g, guide.MMPS{Observation: obs})
	exact := must(g.Posterior(a, []float64{2}, r)).Mean()
	const groups, k = 30, 64
	run := func(d sample.TwistedDenoiser, like sample.RewardFunc) *sample.Particles {
		o := &sample.ParticleOptions{Options: sample.Options{Steps: 40, Seed: 6}}
		return must(sample.RunParticles(context.Background(), sample.TDS{Model: g, Guided: d, LogLikelihood: like}, sample.DDIM{Eta: 1}, groups, k, o))
	}
	check := func(c *sample.Particles) string {
		var z []float64
		for i := range groups {
			m := 0.0
			for j := range k {
				m += c.Weights[i*k+j] * (c.X.At(i*k+j, 0) - 0.5*c.X.At(i*k+j, 1))
			}
			z = append(z, m)
		}
		// the chain of 40 steps is some percent narrower than the prior
		if m, se := numeric.MeanSE(z); math.Abs(m-(exact[0]-0.5*exact[1])) > 5*se+0.03 {
			return fmt.Sprintf("mean %.4f ± %.4f, want %.4f", m, se, exact[0]-0.5*exact[1])
		}
		return ""
	}
	like := func(dst []float64, x *mat.Dense, _ int) error { return post.LogLikelihood(dst, x) }
	whole, parts := run(post, nil), run(asked{post}, like)
	if !mat.Equal(whole.X, parts.X) {
		t.Error("all answers at once give other particles than one by one")
	}
	if whole.NFE > 50 {
		t.Errorf("%g evaluations for 40 steps", whole.NFE)
	}
	if diff := check(whole); diff != "" {
		t.Error(diff)
	}
	far := obs
	far.Y = mat.NewDense(1, 1, []float64{2.3})
	if check(run(guide.New(g, guide.MMPS{Observation: far}), nil)) == "" {
		t.Error("another observation passes")
	}
}
