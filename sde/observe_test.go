package sde

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
	"tweedie/internal/stream"
)

// observation is y = A x + e, e ~ N(0, R).
type observation struct {
	A *mat.Dense
	y []float64
	R *mat.SymDense
}

// observe makes an m×d observation of random directions with correlated noise.
func observe(m, d int, seed uint64) observation {
	r := stream.New(seed, "observation")
	o := observation{mat.NewDense(m, d, nil), make([]float64, m), randomCov(m, 0.3, r)}
	for i := range m {
		o.y[i] = r.NormFloat64()
		for j := range d {
			o.A.Set(i, j, r.NormFloat64())
		}
	}
	return o
}

// logLikelihood is log N(y; A x, R).
func (o observation) logLikelihood(x []float64) float64 {
	var ax mat.VecDense
	ax.MulVec(o.A, mat.NewVecDense(len(x), x))
	n, ok := distmv.NewNormal(ax.RawVector().Data, o.R, nil)
	if !ok {
		panic("noise covariance")
	}
	return n.LogProb(o.y)
}

// bayesError is the largest violation of
//
//	log p(x|y) = log p(x) + log p(y|x) - log p(y)
//
// over draws x of the prior, which holds only if posterior and evidence are
// both right, the densities being normalized. The schedule must have σ(0) = 0.
func bayesError(l Observable, o observation, post Law, logEvidence float64) float64 {
	const n = 20
	x := mat.NewDense(n, l.Dim(), nil)
	l.Sample(x, 77, 0)
	lp, lq, t0 := make([]float64, n), make([]float64, n), []float64{0}
	l.LogProb(lp, x, t0)
	post.LogProb(lq, x, t0)
	worst := 0.0
	for i := range n {
		want := lp[i] + o.logLikelihood(x.RawRowView(i)) - logEvidence
		worst = math.Max(worst, math.Abs(lq[i]-want)/(1+math.Abs(want)))
	}
	return worst
}

// boxObservation sees three coordinates of five, one of them twice.
func boxObservation() observation {
	a := mat.NewDense(4, 5, nil)
	a.Set(0, 0, 2)
	a.Set(1, 2, 1)
	a.Set(2, 2, -0.5)
	a.Set(3, 4, 1)
	return observation{a, []float64{0.4, 0.7, -0.1, 3}, mat.NewSymDense(4, []float64{.1, 0, 0, 0, 0, .2, 0, 0, 0, 0, .3, 0, 0, 0, 0, .05})}
}

func observables() map[string]struct {
	l Observable
	o observation
} {
	type pair = struct {
		l Observable
		o observation
	}
	two := observation{mat.NewDense(2, 5, []float64{1, -1, 0, 0, 0, 0, 0, 0, 0.5, 1}), []float64{0.3, -1}, mat.NewSymDense(2, []float64{.2, 0, 0, .1})}
	return map[string]pair{
		"gaussian":  {randomGaussian(3, 1, VP{}), observe(2, 3, 1)},
		"all seen":  {randomGaussian(2, 1, VP{}), observe(4, 2, 2)},
		"mixture":   {randomMixture(3, 4, VP{}), observe(2, 3, 3)},
		"box":       {must(NewBox([]float64{-1, 0, 0, 0, 0}, []float64{1, 2, 3, 1, 1}, VP{})), boxObservation()},
		"truncated": {truncatedLaw(VP{}), boxObservation()},
		"product":   {must(NewProduct(randomMixture(3, 3, VP{}), randomGaussian(2, 3, VP{}))), two},
	}
}

func TestPosteriorAndEvidenceObeyBayes(t *testing.T) {
	for name, c := range observables() {
		post := must(c.l.Posterior(c.o.A, c.o.y, c.o.R))
		ev := c.l.LogEvidence(c.o.A, c.o.y, c.o.R)
		if e := bayesError(c.l, c.o, post, ev); !(e < 1e-9) {
			t.Errorf("%s: Bayes' rule violated by %g", name, e)
		}
		// Planted: a posterior for another y, and an evidence without R.
		y := append([]float64(nil), c.o.y...)
		y[0] += 0.01
		if e := bayesError(c.l, c.o, must(c.l.Posterior(c.o.A, y, c.o.R)), ev); e < 1e-4 {
			t.Errorf("%s: the posterior of another observation passes, error %g", name, e)
		}
		if e := bayesError(c.l, c.o, post, ev+1e-3); e < 1e-5 {
			t.Errorf("%s: a wrong evidence passes, error %g", name, e)
		}
		for _, msg := range []string{checkScore(post), checkRowsAlone(post), checkMoments(post, 4000)} {
			if msg != "" {
				t.Errorf("posterior of %s: %s", name, msg)
			}
		}
	}
}

// integrate is ∫ f over [lo, hi], by many panels of a Gauss rule.
func integrate(f func(x float64) float64, lo, hi float64) float64 {
	sum, n := 0.0, 400
	for i := range n {
		h := (hi - lo) / float64(n)
		sum += quad.Fixed(f, lo+float64(i)*h, lo+float64(i+1)*h, 10, quad.Legendre{}, 0)
	}
	return sum
}

// lines are laws of one coordinate with the support to integrate over.
func lines() map[string]struct {
	l      Observable
	lo, hi float64
} {
	type line = struct {
		l      Observable
		lo, hi float64
	}
	two := func(s Schedule) *Mixture { // the mixture of the sampler tables: .7 N(-2, .3²) + .3 N(1.5, .4²)
		return must(NewMixture([]float64{0.7, 0.3}, []*Gaussian{
			must(NewGaussian([]float64{-2}, mat.NewSymDense(1, []float64{0.09}), s)),
			must(NewGaussian([]float64{1.5}, mat.NewSymDense(1, []float64{0.16}), s)),
		}))
	}
	return map[string]line{
		"mixture":           {two(VP{}), -6, 6},
		"mixture rectified": {two(Rectified{}), -6, 6},
		"box":               {must(NewBox([]float64{-1}, []float64{2}, VP{})), -1, 2},
		"box sub-VP":        {must(NewBox([]float64{3}, []float64{3.5}, SubVP{})), 3, 3.5},
		"half normal":       {must(NewTruncatedNormal([]float64{0.5}, []float64{1}, []float64{0}, []float64{math.Inf(1)}, VP{})), 0, 10},
	}
}

// density returns p_t of a law of one coordinate.
func density(l Law, t float64) func(x float64) float64 {
	x, dst, ts := mat.NewDense(1, 1, nil), make([]float64, 1), []float64{t}
	return func(v float64) float64 {
		x.Set(0, 0, v)
		l.LogProb(dst, x, ts)
		return math.Exp(dst[0])
	}
}

func TestDenoiserAgainstQuadrature(t *testing.T) {
	for name, c := range lines() {
		p0 := density(c.l, 0)
		if m := integrate(p0, c.lo, c.hi); math.Abs(m-1) > 1e-10 {
			t.Errorf("%s: p_0 integrates to %.12g", name, m)
		}
		for _, u := range []float64{0.02, 0.2, 0.6, 1} {
			k := c.l.Schedule().Coeff(u)
			for _, at := range []float64{-1.2, 0.1, 0.9, 3} {
				x := k.Alpha*at + k.Sigma*0.3
				joint := func(x0 float64) float64 {
					z := (x - k.Alpha*x0) / k.Sigma
					return p0(x0) * math.Exp(-z*z/2) / (k.Sigma * math.Sqrt(2*math.Pi))
				}
				mass := integrate(joint, c.lo, c.hi)
				if mass < 1e-250 {
					continue // the quadrature has nothing to say there
				}
				want := integrate(func(x0 float64) float64 { return x0 * joint(x0) }, c.lo, c.hi) / mass
				got := mat.NewDense(1, 1, nil)
				if err := c.l.Denoise(got, mat.NewDense(1, 1, []float64{x}), []float64{u}); err != nil {
					t.Fatal(err)
				}
				if e := math.Abs(got.At(0, 0) - want); e > 1e-9 {
					t.Errorf("%s, t=%g, x=%g: D = %.12g, quadrature %.12g", name, u, x, got.At(0, 0), want)
				}
				if pt := density(c.l, u)(x); math.Abs(pt/mass-1) > 1e-9 {
					t.Errorf("%s, t=%g, x=%g: p_t = %g, quadrature %g", name, u, x, pt, mass)
				}
			}
		}
	}
}

// likelihoodGap compares LogEvidence and LogLikelihoodAt with quadrature, with
// the noise covariance R in the laws and `r` in the quadrature.
func likelihoodGap(l Observable, lo, hi, r float64) float64 {
	A, y, R := mat.NewDense(1, 1, []float64{1.5}), []float64{0.8}, mat.NewSymDense(1, []float64{0.2})
	p0 := density(l, 0)
	like := func(x0 float64) float64 {
		e := y[0] - 1.5*x0
		return math.Exp(-e*e/(2*r)) / math.Sqrt(2*math.Pi*r)
	}
	ev := l.LogEvidence(A, y, R)
	worst := math.Abs(ev - math.Log(integrate(func(x float64) float64 { return p0(x) * like(x) }, lo, hi)))
	post := must(l.Posterior(A, y, R))
	for _, u := range []float64{0.05, 0.3, 0.8} {
		k := l.Schedule().Coeff(u)
		x := 0.4*k.Alpha + 0.2*k.Sigma
		kernel := func(x0 float64) float64 {
			z := (x - k.Alpha*x0) / k.Sigma
			return p0(x0) * math.Exp(-z*z/2)
		}
		want := math.Log(integrate(func(v float64) float64 { return kernel(v) * like(v) }, lo, hi) / integrate(kernel, lo, hi))
		got := make([]float64, 1)
		LogLikelihoodAt(got, l, post, ev, mat.NewDense(1, 1, []float64{x}), []float64{u})
		worst = math.Max(worst, math.Abs(got[0]-want))
	}
	return worst
}

func TestEvidenceAgainstQuadrature(t *testing.T) {
	for name, c := range lines() {
		if name == "box sub-VP" {
			continue // x_t = .4 α is far outside that box, where quadrature is blind
		}
		if e := likelihoodGap(c.l, c.lo, c.hi, 0.2); !(e < 1e-8) {
			t.Errorf("%s: log p(y) or log p(y|x_t) off by %g", name, e)
		}
		if e := likelihoodGap(c.l, c.lo, c.hi, 0.21); e < 1e-4 {
			t.Errorf("%s: another noise variance passes, error %g", name, e)
		}
	}
}

// gaussian_linear of the simulation-based inference benchmark (Lueckmann et al.
// 2021, arXiv:2101.04653): prior N(0, .1 I), noise .1 I, posterior N(y/2, .05 I).
func TestGaussianLinearTask(t *testing.T) {
	const d = 10
	c, a, y := mat.NewSymDense(d, nil), mat.NewDense(d, d, nil), make([]float64, d)
	for i := range d {
		c.SetSym(i, i, 0.1)
		a.Set(i, i, 1)
		y[i] = float64(i) / 7
	}
	post := must(must(NewGaussian(make([]float64, d), c, VP{})).Posterior(a, y, c))
	mean, cov := post.Mean(), post.Covariance()
	for i := range d {
		if math.Abs(mean[i]-y[i]/2) > 1e-15 || math.Abs(cov.At(i, i)-0.05) > 1e-16 {
			t.Errorf("coordinate %d: N(%g, %g), want N(%g, 0.05)", i, mean[i], cov.At(i, i), y[i]/2)
		}
	}
}

func TestFarOutsideTheBox(t *testing.T) {
	for _, s := range schedules() {
		b := must(NewBox([]float64{-1, 0}, []float64{1, 3}, s))
		for _, u := range []float64{1e-6, 0.01, 0.5, 1} {
			for _, far := range []float64{1e3, -1e8} {
				x, d := mat.NewDense(1, 2, []float64{far, far}), mat.NewDense(1, 2, nil)
				logp := make([]float64, 1)
				pull, err := b.Linearize(d, x, []float64{u})
				if err != nil {
					t.Fatal(err)
				}
				b.LogProb(logp, x, []float64{u})
				jv := mat.NewDense(1, 2, nil)
				if err := pull(jv, mat.NewDense(1, 2, []float64{1, 1})); err != nil {
					t.Fatal(err)
				}
				for j := range 2 {
					v, g := d.At(0, j), jv.At(0, j)
					if !(v >= b.Lo[j] && v <= b.Hi[j]) || !(g >= 0) || math.IsInf(g, 0) || math.IsNaN(logp[0]) {
						t.Errorf("%#v, x=%g, t=%g: D = %g, ∂D = %g, log p = %g", s, far, u, v, g, logp[0])
					}
				}
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	g, box := randomGaussian(2, 1, VP{}), must(NewBox([]float64{0, 0}, []float64{1, 1}, VP{}))
	prod := must(NewProduct(g, box))
	one := mat.NewSymDense(1, []float64{1})
	zero := mat.NewSymDense(1, nil)
	mixed := mat.NewSymDense(2, []float64{1, 0.1, 0.1, 1})
	row := func(v ...float64) *mat.Dense { return mat.NewDense(1, len(v), v) }
	two := mat.NewDense(2, 4, []float64{1, 0, 0, 0, 0, 0, 0, 1})
	second := func(_ any, err error) error { return err }
	indefinite := mat.NewSymDense(2, []float64{1, 2, 2, 1})
	for want, err := range map[string]error{
		"negative eigenvalue":            second(NewGaussian([]float64{0, 0}, indefinite, VP{})),
		"element 1 of the mean is NaN":   second(NewGaussian([]float64{0, math.NaN()}, mixed, VP{})),
		"covariance element (0, 0) is":   second(NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{math.Inf(1)}), VP{})),
		"contradict each other":          second(g.Posterior(row(0, 0), []float64{1}, zero)),
		"ties coordinates 0 and 1":       second(box.Posterior(row(1, 1), []float64{1}, one)),
		"R is not positive definite":     second(box.Posterior(row(1, 0), []float64{1}, zero)),
		"touches the blocks 0 and 1":     second(prod.Posterior(row(1, 0, 0, 1), []float64{1}, one)),
		"of different blocks":            second(prod.Posterior(two, []float64{1, 1}, mixed)),
		"has no closed-form posterior":   second(must(NewProduct(bent{Law: g})).Posterior(row(1, 0), []float64{1}, one)),
		"coordinate 1: [3, 3] is empty":  second(NewBox([]float64{0, 3}, []float64{1, 3}, VP{})),
		"no uniform law":                 second(NewBox([]float64{0}, []float64{math.Inf(1)}, VP{})),
		"weight 1 is -1":                 second(NewMixture([]float64{1, -1}, []*Gaussian{g, g})),
		"weights sum to 0":               second(NewMixture([]float64{0}, []*Gaussian{g})),
		"component 1 has another":        second(NewMixture([]float64{1, 1}, []*Gaussian{g, randomGaussian(2, 1, VE{})})),
		"block 1 has another schedule":   second(NewProduct(g, randomGaussian(2, 1, VE{}))),
		"N(0, -1) is not a normal law":   second(NewTruncatedNormal([]float64{0}, []float64{-1}, []float64{0}, []float64{1}, VP{})),
		"N(0, 1e-300) has no mass in [1": second(NewTruncatedNormal([]float64{0}, []float64{1e-300}, []float64{1e200}, []float64{math.Inf(1)}, VP{})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	for name, f := range map[string]func(){
		"literal": func() {
			(&Gaussian{Mu: []float64{1}, Cov: one, Sched: VP{}}).LogProb(make([]float64, 1), row(1), []float64{1})
		},
		"evidence": func() { g.LogEvidence(row(0, 0), []float64{1}, zero) },
		"size":     func() { g.Denoise(row(1, 2), row(1, 2, 3), []float64{1}) },
		"times":    func() { g.Denoise(row(1, 2), row(1, 2), []float64{1, 1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// Mixtures whose components are far apart, or points, must not lose the row.
func TestMixtureFarFromAllComponents(t *testing.T) {
	m := must(NewMixture([]float64{1, 1, 0}, []*Gaussian{
		must(NewGaussian([]float64{1}, mat.NewSymDense(1, nil), VP{})),
		must(NewGaussian([]float64{-1}, mat.NewSymDense(1, nil), VP{})),
		must(NewGaussian([]float64{1e3}, mat.NewSymDense(1, nil), VP{})),
	}))
	d, logp := mat.NewDense(1, 1, nil), make([]float64, 1)
	for _, c := range []struct{ x, t, want float64 }{{1e6, 1e-5, 1}, {-1e6, 0.5, -1}, {0, 0.3, 0}} {
		x := mat.NewDense(1, 1, []float64{c.x})
		if err := m.Denoise(d, x, []float64{c.t}); err != nil {
			t.Fatal(err)
		}
		m.LogProb(logp, x, []float64{c.t})
		if d.At(0, 0) != c.want || math.IsNaN(logp[0]) || math.IsInf(logp[0], 0) {
			t.Errorf("x=%g, t=%g: D = %g, want %g; log p = %g", c.x, c.t, d.At(0, 0), c.want, logp[0])
		}
	}
	// Two points have D = tanh(α x/σ²), a closed form of its own.
	k := VP{}.Coeff(0.4)
	if err := m.Denoise(d, mat.NewDense(1, 1, []float64{0.2}), []float64{0.4}); err != nil {
		t.Fatal(err)
	}
	if want := math.Tanh(k.Alpha * 0.2 / (k.Sigma * k.Sigma)); math.Abs(d.At(0, 0)-want) > 1e-14 {
		t.Errorf("D = %g, want %g", d.At(0, 0), want)
	}
}

// Laws are shared by workers; the race detector watches, the bits must agree.
func TestLawsAreSafeForConcurrentUse(t *testing.T) {
	times := []float64{0.3}
	for name, l := range testLaws() {
		x := batchAt(l, 16, times, 5)
		work := func() string {
			d, s, p := mat.NewDense(16, l.Dim(), nil), mat.NewDense(16, l.Dim(), nil), make([]float64, 16)
			if err := l.Denoise(d, x, times); err != nil {
				return err.Error()
			}
			l.Score(s, x, times)
			l.LogProb(p, x, times)
			return fmt.Sprint(mat.Formatted(d), mat.Formatted(s), p)
		}
		want, got := work(), make(chan string)
		for range 8 {
			go func() { got <- work() }()
		}
		for range 8 {
			if g := <-got; g != want {
				t.Errorf("%s: results differ between goroutines", name)
			}
		}
	}
}
