package guide_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// toward is a CustomScore with the exact score difference of two laws.
func toward(prior, post sde.Law, k float64) guide.CustomScore {
	return guide.CustomScore{F: func(g []float64, p guide.RowState) error {
		d := len(g)
		x, a, b := mat.NewDense(1, d, p.X), mat.NewDense(1, d, nil), mat.NewDense(1, d, nil)
		post.Score(a, x, []float64{p.T})
		prior.Score(b, x, []float64{p.T})
		for j := range g {
			g[j] = k * (a.At(0, j) - b.At(0, j))
		}
		return nil
	}}
}

// The score difference of two laws carries any denoiser over: the entry point
// for a change of one's own, on laws that are not Gaussian.
func TestFunctionIsTheExactRule(t *testing.T) {
	prior := modes(sde.VP{})
	post := exact(prior, A2, []float64{0.3, 0.3}, 2, -1)
	if s := equal(t, guide.New(prior, toward(prior, post, 1)), post, prior); s != "" {
		t.Error(s)
	}
	if equal(t, guide.New(prior, toward(prior, post, 1.05)), post, prior) == "" {
		t.Error("5 % more strength passes")
	}
	fail := guide.CustomScore{F: func(_ []float64, p guide.RowState) error {
		if p.Row == 2 {
			return errors.New("no value there")
		}
		return nil
	}, Note: "made up"}
	p := guide.New(prior, fail)
	if err := p.Denoise(mat.NewDense(3, 3, nil), mat.NewDense(3, 3, nil), []float64{0.25}); err == nil || !strings.Contains(err.Error(), "row 2, t 0.25: no value there") {
		t.Errorf("%v", err)
	}
	if s := strings.Join(p.Caveats(), ""); !strings.Contains(s, "made up") {
		t.Errorf("caveats %q", s)
	}
}

// A reward that is a Gaussian log density is DPS.
func TestRewardHasTheChainRule(t *testing.T) {
	prior := modes(sde.VP{})
	reward := guide.Reward{Strength: 0.7, R: func(grad, d []float64, _ int) float64 {
		grad[1] = (0.3 - d[1]) / 0.25
		return -(0.3-d[1])*(0.3-d[1])/0.5 - math.Log(0.5) - math.Log(2*math.Pi)/2
	}}
	dps := guide.DPS{Observation: obs(sde.Columns{Dim: 3, Index: []int{1}}, 0.5, 0.3), Strength: 0.7}
	a, b := guide.New(prior, reward), guide.New(prior, dps)
	if s := equal(t, a, b, prior); s != "" {
		t.Error(s)
	}
	if equal(t, guide.New(flat{prior}, reward), b, prior) == "" {
		t.Error("a dropped Jacobian passes")
	}
	for _, p := range []*guide.Posterior{a, b} {
		if e := twistGradError(t, p, prior, 0.4); e > 1e-5 {
			t.Errorf("off by %.2g", e)
		}
	}
}

func TestAffineTakesTheLikelihoodOut(t *testing.T) {
	prior := modes(sde.VP{})
	post := exact(prior, A2, []float64{0.3, 0.3}, 2, -1)
	p := guide.New(post, guide.AffineScore{Prior: prior, LikelihoodScale: []float64{0}})
	if s := equal(t, p, prior, prior); s != "" {
		t.Errorf("likelihood scale 0: %s", s)
	}
	if p.Exactness() != guide.Heuristic {
		t.Error("a scaled likelihood is said to be exact")
	}
	if p = guide.New(post, guide.AffineScore{Prior: prior}); equal(t, p, post, prior) != "" || len(p.Caveats()) != 0 {
		t.Errorf("the default changes the model, or has caveats %q", p.Caveats())
	}
	shift := guide.AffineScore{Prior: prior, LikelihoodShift: []float64{1, 2, 3}, PriorShift: []float64{-1}, PriorScale: []float64{1, 1, 1}}
	g := scoreOf(t, guide.New(post, shift), post, points(prior, 0.5), 0.5)
	for j, want := range []float64{0, 1, 2} {
		if math.Abs(g.At(0, j)-want) > 1e-9 {
			t.Errorf("shift of column %d: %g, want %g", j, g.At(0, j), want)
		}
	}
	for _, c := range []struct {
		term guide.AffineScore
		want string
	}{
		{guide.AffineScore{}, "is missing"},
		{guide.AffineScore{Prior: line(sde.VP{}, 0, 1)}, "rows of 1"},
		{guide.AffineScore{Prior: modes(sde.VE{})}, "another schedule"},
		{guide.AffineScore{Prior: prior, PriorScale: []float64{1, 2}}, "2 numbers for rows of 3"},
	} {
		if err := guide.New(post, c.term).Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// run carries a one-dimensional affine denoiser from t = 1, where the mean is m, to 0 in n
// steps of DDIM(eta), and returns mean and variance.
func run(tb testing.TB, d sde.Denoiser, m, variance float64, n int, eta float64) (_, v float64) {
	tb.Helper()
	s := d.Schedule()
	c := s.Coeff(1)
	v = c.Alpha*c.Alpha*variance + c.Sigma*c.Sigma
	x := mat.NewDense(2, 1, []float64{0, 1})
	h := mat.NewDense(2, 1, nil)
	for k := n; k >= 1; k-- {
		t := float64(k) / float64(n)
		if err := d.Denoise(h, x, []float64{t}); err != nil {
			tb.Fatal(err)
		}
		c, e := s.Coeff(t), s.Coeff(float64(k-1)/float64(n))
		r := c.Alpha * e.Sigma / (e.Alpha * c.Sigma)
		noise := eta * eta * (1 - r*r)
		q := e.Sigma / c.Sigma * math.Sqrt(1-noise)
		gain := q + (e.Alpha-q*c.Alpha)*(h.At(1, 0)-h.At(0, 0))
		m = gain*m + (e.Alpha-q*c.Alpha)*h.At(0, 0)
		v = gain*gain*v + e.Sigma*e.Sigma*noise
	}
	return m, v
}

// limit extrapolates run to infinitely many steps.
func limit(tb testing.TB, d sde.Denoiser, start, variance, eta float64) (m, v float64) {
	tb.Helper()
	const n = 1500
	m1, v1 := run(tb, d, start, variance, n, eta)
	m2, v2 := run(tb, d, start, variance, 2*n, eta)
	return 2*m2 - m1, 2*v2 - v1
}

// The table of a prior N(0, 1) and x = 1 observed with variance r, from
// N(0, Var[x_0|x] + 10²) at σ = 10 in the continuous limit, computed by an independent
// program to three digits.
func TestShiftsHaveTheTabledLimits(t *testing.T) {
	sched := sde.VE{SigmaMin: 1e-4, SigmaMax: 10}
	prior := line(sched, 0, 1)
	post := func(r float64) *sde.Gaussian { return line(sched, 1/(1+r), r/(1+r)) }
	cfg := func(a float64) guide.Term { return guide.AffineScore{Prior: prior, LikelihoodScale: []float64{a}} }
	swap := func(m, v float64) guide.Term { return must(guide.NewPriorSwap(prior, line(sched, m, v))) }
	see := func(m, v float64) sde.Observation {
		return obs(sde.Columns{Dim: 1, Index: []int{0}}, math.Sqrt(v), m)
	}
	// direct is a guide without the Jacobian of the denoiser: of the density N(m, v) at D,
	// blurred by s² = σ²/(1+σ²) unless sharp. With the Jacobian it is that of a prior of
	// variance 1, as published.
	direct := func(m, v, r float64, sharp, jacobian bool) guide.Term {
		return guide.CustomScore{F: func(g []float64, p guide.RowState) error {
			s2, k := p.Coeff.Sigma*p.Coeff.Sigma, 1.0
			if jacobian {
				k = r / (1 + r) / (r/(1+r) + s2)
			}
			blur := s2 / (1 + s2)
			if sharp {
				blur = 0
			}
			g[0] = k * (m - p.D[0]) / (v + blur)
			return nil
		}}
	}
	ratio := func(m, v float64, jacobian bool) guide.Term { // of N(m, v) and N(0, 1)
		p := 1/v - 1
		return direct(m/v/p, 1/p, 0.3, false, jacobian)
	}
	for _, c := range []struct {
		name         string
		r            float64
		term         guide.Term
		eta          float64
		mean, spread float64
	}{
		{"swap to N(.1, .4), flow", 0.3, swap(0.1, 0.4), 0, 0.614, 0.171},
		{"swap to N(-.5, .2), flow", 0.3, swap(-0.5, 0.2), 0, 0.100, 0.120},
		{"swap to N(1.5, .05), flow", 0.3, swap(1.5, 0.05), 0, 1.429, 0.043},
		{"MMPS N(0, .2), flow", 0.3, guide.MMPS{Observation: see(0, 0.2)}, 0, 0.357, 0.107},
		{"MMPS N(2, .05), flow", 0.3, guide.MMPS{Observation: see(2, 0.05)}, 0, 1.781, 0.041},
		{"ratio N(.1, .4) without Jacobian", 0.3, ratio(0.1, 0.4, false), 1, 0.365, 0.148},
		{"ratio N(-.5, .2) without Jacobian", 0.3, ratio(-0.5, 0.2, false), 1, -0.396, 0.099},
		{"ratio N(1.5, .05) without Jacobian", 0.3, ratio(1.5, 0.05, false), 1, 1.542, 0.037},
		{"ratio N(.1, .4), variance of the prior", 0.3, ratio(0.1, 0.4, true), 1, 0.630, 0.174},
		{"ratio N(-.5, .2), variance of the prior", 0.3, ratio(-0.5, 0.2, true), 1, 0.190, 0.126},
		{"ratio N(1.5, .05), variance of the prior", 0.3, ratio(1.5, 0.05, true), 1, 1.361, 0.048},
		{"reward N(0, .2) without Jacobian", 0.3, direct(0, 0.2, 0.3, true, false), 1, 0.001, 0.070},
		{"reward N(2, .05) without Jacobian", 0.3, direct(2, 0.05, 0.3, true, false), 1, 2.000, 0.023},

		{"affine a = 4, SDE", 0.3, cfg(4), 1, 0.997, 0.043},
		{"affine a = 4, flow", 0.3, cfg(4), 0, 1.115, 0.003},
		{"affine a = 2, SDE", 0.3, cfg(2), 1, 0.946, 0.099},
		{"affine a = 2, flow", 0.3, cfg(2), 0, 1.010, 0.054},
		{"affine a = .5, SDE", 0.3, cfg(0.5), 1, 0.518, 0.440},
		{"affine a = .5, flow", 0.3, cfg(0.5), 0, 0.450, 0.479},
		{"affine a = 1.2, SDE", 0.9, cfg(1.2), 1, 0.590, 0.417},
		{"swap to N(.1, .4)", 0.3, swap(0.1, 0.4), 1, 0.614, 0.171},
		{"swap to N(-.5, .2)", 0.3, swap(-0.5, 0.2), 1, 0.100, 0.120},
		{"swap to N(1.5, .05)", 0.3, swap(1.5, 0.05), 1, 1.429, 0.043},
		{"DPS N(0, .2)", 0.3, guide.DPS{Observation: see(0, 0.2)}, 1, 0.243, 0.090},
		{"MMPS N(0, .2)", 0.3, guide.MMPS{Observation: see(0, 0.2)}, 1, 0.357, 0.107},
		{"DPS N(2, .05)", 0.3, guide.DPS{Observation: see(2, 0.05)}, 1, 1.988, 0.025},
		{"MMPS N(2, .05)", 0.3, guide.MMPS{Observation: see(2, 0.05)}, 1, 1.781, 0.041},
	} {
		p := guide.New(post(c.r), c.term)
		// The flow keeps what an error of the start leaves of the mean: it starts at the target's.
		start := 0.0
		if strings.HasSuffix(c.name, ", flow") && !strings.HasPrefix(c.name, "affine") {
			start = c.mean
		}
		m, v := limit(t, p, start, c.r/(1+c.r), c.eta)
		if math.Abs(m-c.mean) > 0.0015 || math.Abs(v-c.spread) > 0.0015 {
			t.Errorf("%s: %.4f, %.4f, want %.3f, %.3f", c.name, m, v, c.mean, c.spread)
		}
		m, v = limit(t, broken{p, post(c.r), 1.05, 1}, 0, c.r/(1+c.r), c.eta)
		if c.eta == 1 && c.spread > 0.03 && math.Abs(m-c.mean) < 0.0015 && math.Abs(v-c.spread) < 0.0015 {
			t.Errorf("%s: 5 %% more strength passes", c.name)
		}
	}
}

func TestPriorSwapIsExactForGaussianModels(t *testing.T) {
	sched := sde.VP{}
	old := full(sched)
	sd, y := []float64{0.3, 0.3}, []float64{2, -1}
	model := exact(old, A2, sd, y...)
	narrow := gaussian(sched, []float64{0, 0.5, 0}, 0.5, 0.1, 0, 0.1, 0.4, 0, 0, 0, 0.3)
	pieces := modes(sched)
	wide := must(sde.NewBox([]float64{-50, -50, -50}, []float64{50, 50, 50}, sched))
	eye := mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	for name, c := range map[string]struct {
		model    sde.Differentiable
		from, to sde.Law
		want     sde.Law
	}{
		"to a Gaussian":  {model, old, narrow, exact(narrow, A2, sd, y...)},
		"to a mixture":   {model, old, pieces, exact(pieces, A2, sd, y...)},
		"of the prior":   {old, old, narrow, narrow},
		"from a flat":    {old, wide, narrow, must(narrow.Posterior(eye, old.Mu, old.Cov))},
		"flat to pieces": {old, wide, pieces, must(pieces.Posterior(eye, old.Mu, old.Cov))},
	} {
		s := must(guide.NewPriorSwap(c.from, c.to))
		p := guide.New(c.model, s)
		// The covariances of the old prior nearly cancel at σ → ∞.
		if e := apart(t, p, c.want, old); !(e < 1e-9) {
			t.Errorf("%s: denoisers differ by %.2g", name, e)
		}
		if p.Exactness() != guide.Exact {
			t.Errorf("%s: said to be %v", name, p.Exactness())
		}
		if equal(t, guide.New(flat{c.model}, s), c.want, old) == "" {
			t.Errorf("%s: a dropped Jacobian passes", name)
		}
		if equal(t, broken{p, c.model, 1.05, 1}, c.want, old) == "" {
			t.Errorf("%s: 5 %% more strength passes", name)
		}
		if e := twistGradError(t, p, c.model.(sde.Law), 0.5); e > 1e-5 {
			t.Errorf("%s: log p̃ is off by %.2g", name, e)
		}
	}
}

func TestPriorSwapRefuses(t *testing.T) {
	sched := sde.VP{}
	g := full(sched)
	if _, err := guide.NewPriorSwap(modes(sched), g); err == nil {
		t.Error("a mixture as the old prior is accepted")
	}
	if _, err := guide.NewPriorSwap(g, box(sched)); err == nil || !strings.Contains(err.Error(), "Within") {
		t.Errorf("a box as the new prior: %v", err)
	}
	wide := gaussian(sched, g.Mu, 30, 0, 0, 0, 30, 0, 0, 0, 30)
	vague := gaussian(sched, g.Mu, 20, 0, 0, 0, 20, 0, 0, 0, 20)
	p := guide.New(vague, must(guide.NewPriorSwap(g, wide)))
	if err := p.Denoise(mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil), []float64{1}); err == nil || !strings.Contains(err.Error(), "not integrable") {
		t.Errorf("a wider prior: %v", err)
	}
}

func TestWithinIsExactForGaussians(t *testing.T) {
	sched := sde.VP{}
	diag := gaussian(sched, []float64{1, -1, 0.5}, 0.5, 0, 0, 0, 2, 0, 0, 0, 1.3)
	inf := math.Inf(1)
	for name, c := range map[string]struct {
		w      guide.Within
		lo, hi []float64
	}{
		"interval":   {guide.Within{guide.Interval(3, 1, -0.5, 0.2)}, []float64{-inf, -0.5, -inf}, []float64{inf, 0.2, inf}},
		"far":        {guide.Within{guide.Interval(3, 0, 6, 7)}, []float64{6, -inf, -inf}, []float64{7, inf, inf}},
		"half-space": {guide.Within{guide.HalfSpace([]float64{0, 0, -2}, -1)}, []float64{-inf, -inf, 0.5}, []float64{inf, inf, inf}},
		"two": {guide.Within{guide.Interval(3, 1, -0.5, 0.2), guide.Interval(3, 2, -inf, 0)},
			[]float64{-inf, -0.5, -inf}, []float64{inf, 0.2, 0}},
	} {
		want := must(sde.NewTruncatedNormal(diag.Mu, []float64{0.5, 2, 1.3}, c.lo, c.hi, sched))
		p := guide.New(diag, c.w)
		// D + σ²/α g cancels as σ grows beyond the interval: 1e-9 at t = 1.
		if e := apart(t, p, want, diag); !(e < 1e-9) {
			t.Errorf("%s: denoisers differ by %.2g", name, e)
		}
		if p.Exactness() != guide.Exact {
			t.Errorf("%s: said to be %v", name, p.Exactness())
		}
		if equal(t, guide.New(flat{diag}, c.w), want, diag) == "" {
			t.Errorf("%s: a dropped Jacobian passes", name)
		}
		if e := twistGradError(t, p, diag, 0.5); e > 1e-5 {
			t.Errorf("%s: log P is off by %.2g", name, e)
		}
	}
	g := full(sched)
	p := guide.New(g, guide.Within{{A: []float64{1, -2, 0.5}, Lo: -1, Hi: 2}})
	if e := twistGradError(t, p, g, 0.5); e > 1e-5 || p.Exactness() != guide.Exact {
		t.Errorf("oblique, correlated: log P is off by %.2g, %v", e, p.Exactness())
	}
	if guide.New(g, guide.Within{guide.Interval(3, 0, 0, 1), guide.Interval(3, 1, 0, 1)}).Exactness() != guide.Heuristic {
		t.Error("two constraints on correlated coordinates are said to be exact")
	}
	for _, w := range []guide.Within{nil, {guide.Interval(3, 0, 1, 1)}, {guide.Interval(2, 0, 0, 1)}, {{A: []float64{0, 0, 0}, Hi: 1}}, {{A: []float64{1, 0, 0}, Lo: -inf, Hi: inf}}} {
		if guide.New(g, w).Err() == nil {
			t.Errorf("%v is accepted", w)
		}
	}
}
