package sample

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// The mixture by its formula, with potentials 0 among them; as draws of the model's
// chain, particles have a mean ψ' of 1.
func TestDefensiveMixture(t *testing.T) {
	logw, before := []float64{-1, -2, 0.5, -0.3}, []float64{0.2, 0, -0.4, 1}
	raw := []float64{-3, math.Inf(-1), 2, 0.7}
	c := sde.Coeff{Alpha: 0.6, Sigma: 0.8}
	w := 0.36 / (0.36 + 4*0.64)
	m := newDefense(4)
	psi := append([]float64(nil), raw...)
	m.soften(psi, logw, before, c)
	mean := func(f func(i int) float64) float64 {
		sum, all := 0.0, 0.0
		for i := range raw {
			b := math.Exp(logw[i] - before[i])
			sum += b * f(i)
			all += b
		}
		return sum / all
	}
	power := func(b float64) func(i int) float64 { return func(i int) float64 { return math.Exp(b * raw[i]) } }
	for i := range raw {
		want := (1 + power(w)(i)/mean(power(w)) + power(1)(i)/mean(power(1))) / 3
		if math.Abs(math.Exp(psi[i])-want) > 1e-12 {
			t.Errorf("particle %d: ψ' is %g, want %g", i, math.Exp(psi[i]), want)
		}
	}
	if e := mean(func(i int) float64 { return math.Exp(psi[i]) }); math.Abs(e-1) > 1e-12 {
		t.Errorf("the mean of ψ' is %g", e)
	}
	if psi[1] != -math.Log(3) {
		t.Errorf("where ψ is 0, ψ' is %g", math.Exp(psi[1]))
	}
	m.gather([]int{2, 2, 1, 0})
	if got := m.mix(3, 0, 0) - math.Log(3); got != psi[0] {
		t.Errorf("after resampling %g, want %g", got, psi[0])
	}
	none := []float64{math.Inf(-1), math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	if m.soften(none, logw, before, c); none[0] != 0 || none[3] != 0 || m.beta != [3]float64{} {
		t.Errorf("where every ψ is 0: log ψ' %v, exponents %v", none, m.beta)
	}
}

// Proposals are draws of their mixture: weighted by p/q they are draws of p.
func TestDefensiveProposals(t *testing.T) {
	const n, sd = 40000, 0.5
	m := newDefense(n)
	psi, logw, zero := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range psi {
		psi[i] = float64(i%2) * 1.5
	}
	m.soften(psi, logw, zero, sde.Coeff{Alpha: 0.8, Sigma: 0.3})
	r := rand.New(rand.NewPCG(1, 2))
	x, mp, mq, z := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
	for i := range n {
		mp.SetRow(i, []float64{1, -1})
		mq.SetRow(i, []float64{1.6, -1.3})
		z.SetRow(i, []float64{r.NormFloat64(), r.NormFloat64()})
	}
	m.propose(logw, psi, x, mp, mq, z, sd, r.Float64)
	log := func(i int, b float64) float64 {
		e := 0.0
		for j := range 2 {
			d := x.At(i, j) - mp.At(i, j) - b*(mq.At(i, j)-mp.At(i, j))
			e -= d * d / (2 * sd * sd)
		}
		return e
	}
	one, first, square := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		terms, shares := make([]float64, 3), make([]float64, 3)
		for j, b := range m.beta {
			terms[j], shares[j] = m.part[j][i]+log(i, b), m.part[j][i]
		}
		if want := log(i, 0) - numeric.LogSumExp(terms) + numeric.LogSumExp(shares); math.Abs(logw[i]-want) > 1e-9 {
			t.Fatalf("log p/q is %g, want %g", logw[i], want)
		}
		v := math.Exp(logw[i])
		one[i], first[i], square[i] = v, v*x.At(i, 0), v*(x.At(i, 1)+1)*(x.At(i, 1)+1)
	}
	if diff := within("weight", one, 1, 4) + within("mean", first, 1, 4) + within("variance", square, sd*sd, 4); diff != "" {
		t.Error(diff)
	}
}

// ring is the law of eight modes on a circle, and misfit a twist of what f says of it, by
// the derivative of f at D and a variance of x_0 of spread times σ²/(α² + σ²): DPS if
// that is 0, PiGDM if it is of the size of the data's.
type misfit struct {
	sde.Differentiable
	f         func(x []float64) (v float64, grad [2]float64)
	y, spread float64
}

const misfitSD = 0.3

func ring(tb testing.TB) sde.Differentiable {
	tb.Helper()
	var parts []*sde.Gaussian
	var w []float64
	for k := range 8 {
		a := float64(k) * math.Pi / 4
		g, err := sde.NewGaussian([]float64{2.828 * math.Cos(a), 2.828 * math.Sin(a)}, mat.NewSymDense(2, []float64{0.125, 0, 0, 0.125}), sde.VP{})
		if err != nil {
			tb.Fatal(err)
		}
		parts, w = append(parts, g), append(w, 0.125)
	}
	m, err := sde.NewMixture(w, parts)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func (b misfit) Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	pull, err := b.Linearize(prior, x, t)
	if err != nil {
		return err
	}
	n, _ := x.Dims()
	c, u := b.Schedule().Coeff(t[0]), mat.NewDense(n, 2, nil)
	for i := range n {
		v, g := b.f(prior.RawRowView(i))
		s := misfitSD*misfitSD + b.spread*c.Sigma*c.Sigma/(c.Alpha*c.Alpha+c.Sigma*c.Sigma)*(g[0]*g[0]+g[1]*g[1])
		logp[i] = logNormal(b.y, v, s)
		u.SetRow(i, []float64{(b.y - v) / s * g[0], (b.y - v) / s * g[1]})
	}
	if err := pull(guided, u); err != nil {
		return err
	}
	guided.Scale(c.Sigma*c.Sigma/c.Alpha, guided)
	guided.Add(guided, prior)
	return nil
}

func (b misfit) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	return b.Evaluate(mat.NewDense(n, 2, nil), dst, make([]float64, n), x, t)
}

func (b misfit) LogProb(dst []float64, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	return b.Evaluate(mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil), dst, x, t)
}

func (b misfit) log(x []float64) float64 { v, _ := b.f(x); return logNormal(b.y, v, misfitSD*misfitSD) }

// misfits are what is observed of the ring.
var misfits = map[string]misfit{
	"x0":          {y: 2, f: func(x []float64) (float64, [2]float64) { return x[0], [2]float64{1, 0} }},
	"x0 + .3x1^2": {y: 4, f: func(x []float64) (float64, [2]float64) { return x[0] + 0.3*x[1]*x[1], [2]float64{1, 0.6 * x[1]} }},
	"x0 x1":       {y: 4, f: func(x []float64) (float64, [2]float64) { return x[0] * x[1], [2]float64{x[1], x[0]} }},
	"x0^2":        {y: 8, f: func(x []float64) (float64, [2]float64) { return x[0] * x[0], [2]float64{2 * x[0], 0} }},
}

// rewardOf is the reward of a function of a row.
func rewardOf(f func(x []float64) float64) RewardFunc {
	return func(dst []float64, x *mat.Dense, _ int) error {
		for i := range dst {
			dst[i] = f(x.RawRowView(i))
		}
		return nil
	}
}

// bruteForce is ln of the mean of e^log over draws of the chain, its standard error, and
// the mean of |x_0| so weighted.
func bruteForce(tb testing.TB, d sde.Denoiser, n, steps int, grid Grid, log func(x []float64) float64) (logZ, se, mean float64) {
	tb.Helper()
	r, err := Run(context.Background(), d, DDIM{Eta: 1}, n, &Options{Steps: steps, Seed: 77, Grid: grid})
	if err != nil {
		tb.Fatal(err)
	}
	z, q := 0.0, 0.0
	for i := range n {
		w := math.Exp(log(r.X.RawRowView(i)))
		z += w / float64(n)
		q += w * w / float64(n)
		mean += w * math.Abs(r.X.At(i, 0)) / float64(n)
	}
	return math.Log(z), math.Sqrt(q/(z*z)-1) / math.Sqrt(float64(n)), mean / z
}

// off reports whether evidence or rows of c differ from what brute force gave.
func (c *Particles) off(logZ, se, mean float64) bool {
	got, e := c.Evidence()
	m := 0.0
	for g := range c.Groups {
		for i := range c.PerGroup {
			m += c.Weights[g*c.PerGroup+i] * math.Abs(c.rows(g).At(i, 0)) / float64(c.Groups)
		}
	}
	return math.Abs(got-logZ) > 3*math.Hypot(e, se) || e > 0.6 || math.Abs(m-mean) > 0.2
}

// A twist that does not fit costs particles, not evidence or rows: not where it is flat or
// misled at noise, and not where it has no spread. As it is, it ruins both.
func TestTwistsThatMislead(t *testing.T) {
	const steps, n = 24, 200
	law := ring(t)
	for name, b := range misfits {
		b.Differentiable = law
		logZ, se, mean := bruteForce(t, law, 10000, steps, nil, b.log)
		for _, spread := range []float64{4, 0} {
			b.spread = spread
			tg := TDS{Model: law, Guided: b, LogLikelihood: rewardOf(b.log)}
			o := ParticleOptions{Options: Options{Steps: steps, Seed: 3}}
			c := particles(t, tg, DDIM{Eta: 1}, 8, n, o)
			if z, e := c.Evidence(); c.off(logZ, se, mean) {
				t.Errorf("%s, spread %g: log evidence %.2f ± %.2f, want %.2f, or other rows: caveats %q", name, spread, z, e, logZ, c.Caveats)
			}
			if spread > 0 {
				continue
			}
			o.Undefended = true
			if c, err := RunParticles(context.Background(), tg, DDIM{Eta: 1}, 8, n, &o); err == nil && !c.off(logZ, se, mean) {
				t.Errorf("%s, spread %g: undefended it passes", name, spread)
			}
		}
	}
}

// Rewards of the mean that are too sharp at noise, or hard, do the same in steering: for
// one group, eight and many.
func TestRewardsThatMislead(t *testing.T) {
	const steps = 30
	line, err := sde.NewMixture([]float64{0.7, 0.3}, []*sde.Gaussian{gauss1(t, -2, 0.25, sde.VP{}), gauss1(t, 2, 1, sde.VP{})})
	if err != nil {
		t.Fatal(err)
	}
	above := func(limit float64) func(x []float64) float64 {
		return func(x []float64) float64 {
			if x[0] < limit {
				return math.Inf(-1)
			}
			return 0
		}
	}
	near := func(sd float64) func(x []float64) float64 {
		return func(x []float64) float64 { return logNormal(1, x[0], sd*sd) }
	}
	product := misfits["x0 x1"]
	for name, c := range map[string]struct {
		d      sde.Denoiser
		log    func(x []float64) float64
		misled bool // surely, without defense
	}{
		"smooth":          {line, func(x []float64) float64 { return 0.5 * x[0] }, false},
		"observed":        {line, near(0.5), false},
		"sharp":           {line, near(0.2), true},
		"hard":            {gauss1(t, 0.5, 1, sde.VP{}), above(0.6), true},
		"hard and rare":   {gauss1(t, 0.5, 1, sde.VP{}), above(1.5), true},
		"a plane, sharp":  {ring(t), product.log, true},
		"a plane, hard":   {ring(t), func(x []float64) float64 { return above(2)([]float64{x[0] * x[1]}) }, true},
		"a plane, smooth": {ring(t), func(x []float64) float64 { return -0.1 * x[0] * x[1] }, false},
	} {
		logZ, se, mean := bruteForce(t, c.d, 10000, steps, nil, c.log)
		for _, groups := range []int{1, 8, 40} {
			if groups == 40 && testing.Short() {
				continue
			}
			tg := FK{Model: c.d, Reward: rewardOf(c.log)}
			o := ParticleOptions{Options: Options{Steps: steps, Seed: 5}}
			got := particles(t, tg, DDIM{Eta: 1}, groups, 250, o)
			if z, e := got.Evidence(); math.Abs(z-logZ) > 3*math.Hypot(e, se) || e > 0.6/math.Sqrt(float64(groups)) || groups > 1 && got.off(logZ, se, mean) {
				t.Errorf("%s, %d groups: log evidence %.3f ± %.3f, want %.3f, or other rows", name, groups, z, e, logZ)
			}
			if groups != 8 || !c.misled {
				continue
			}
			o.Undefended = true
			plain, err := RunParticles(context.Background(), tg, DDIM{Eta: 1}, groups, 250, &o)
			if err == nil && !plain.off(logZ, se, mean) {
				t.Errorf("%s: undefended it passes", name)
			}
		}
	}
}

// Potentials of 0 before the end are refused where nothing mends them, and so are those
// that are no numbers, with the particle.
func TestPotentialsThatAreRefused(t *testing.T) {
	d := gauss1(t, 0.5, 1, sde.VP{})
	at := func(v float64) FK {
		return FK{Model: d, Reward: rewardOf(func([]float64) float64 { return 0 }), Intermediate: func(dst []float64, _ *mat.Dense, _ float64, _ int) error {
			clear(dst)
			dst[2] = v
			return nil
		}, Potential: Potential{Next: func(_, r float64) (float64, float64) {
			if r < -1e5 {
				r = math.Inf(-1)
			}
			return r, r
		}}}
	}
	for _, c := range []struct {
		v          float64
		undefended bool
		want       string
	}{
		{math.Inf(-1), true, "particle 2: the log-potential is -Inf before the end"},
		{math.Inf(-1), false, ""},
		{math.NaN(), false, "particle 2: the log-potential is NaN"},
		{math.Inf(1), true, "particle 2: the log-potential is +Inf"},
		{3, true, ""},
	} {
		_, err := RunParticles(context.Background(), at(c.v), DDIM{Eta: 1}, 1, 5, &ParticleOptions{Undefended: c.undefended, Options: Options{Steps: 4}})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%g, undefended %t: %v, want %q", c.v, c.undefended, err, c.want)
		}
	}
}

// faultless says that the twist is exact.
type faultless struct {
	lineTwist
	caveats []string
}

func (f faultless) Caveats() []string { return f.caveats }

// A twist on a law that says it is exact is taken as it is, bit for bit; one that says
// nothing, or has caveats, or is on another denoiser, is not.
func TestExactTwistsAreTakenAsTheyAre(t *testing.T) {
	w := newLine(t, 4, 4)
	run := func(model sde.Denoiser, guided TwistedDenoiser, undefended bool) *Particles {
		return particles(t, TDS{Model: model, Guided: guided, LogLikelihood: w.logLikelihood}, DDIM{Eta: 1}, 2, 16,
			ParticleOptions{Undefended: undefended, Options: Options{Times: uniform(20), Seed: 3}})
	}
	plain := run(w.Gaussian, w, true)
	same := func(c *Particles) bool { return mat.Equal(c.X, plain.X) && c.LogEvidence[1] == plain.LogEvidence[1] }
	if !same(run(w.Gaussian, faultless{w, nil}, false)) {
		t.Error("an exact twist gives other rows than undefended")
	}
	if same(run(w.Gaussian, faultless{w, []string{"heuristic"}}, false)) || same(run(w.Gaussian, w, false)) || same(run(noLaw{w.Gaussian}, faultless{w, nil}, false)) {
		t.Error("a twist that may not be exact is taken as it is")
	}
	steered := FK{Model: w.Gaussian, Guided: faultless{w, nil}, Reward: w.logLikelihood}
	if !same(particles(t, steered, DDIM{Eta: 1}, 2, 16, ParticleOptions{Options: Options{Times: uniform(20), Seed: 3}})) {
		t.Error("steering by an exact twist is not TDS")
	}
	steered.Potential = MaxPotential() // of which the twist is not the product
	if exactTwist(steered) {
		t.Error("another potential is taken as it is")
	}
}

// noLaw is a denoiser and no more.
type noLaw struct{ d sde.Denoiser }

func (n noLaw) Schedule() sde.Schedule                       { return n.d.Schedule() }
func (n noLaw) Dim() int                                     { return n.d.Dim() }
func (n noLaw) Denoise(dst, x *mat.Dense, t []float64) error { return n.d.Denoise(dst, x, t) }
func (n noLaw) Moments() (mean, variance []float64)          { return []float64{0}, []float64{4} }
