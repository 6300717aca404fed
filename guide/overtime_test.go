package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// ratio is an exact classifier: log p(c|x_t) = log p(x_t|c) - log p(x_t) up to a constant.
type ratio struct{ given, prior *sde.Gaussian }

func (r ratio) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	s := mat.NewDense(n, d, nil)
	r.given.Score(dst, x, t)
	r.prior.Score(s, x, t)
	dst.Sub(dst, s)
	log := func(g *sde.Gaussian, x, t float64) float64 {
		m, v, _ := sde.Moments(g)
		c := g.Schedule().Coeff(t)
		w := c.Alpha*c.Alpha*v[0] + c.Sigma*c.Sigma
		return -(x-c.Alpha*m[0])*(x-c.Alpha*m[0])/(2*w) - math.Log(w)/2
	}
	for i := range logp {
		u := sde.Time(t, i)
		logp[i] = log(r.given, x.At(i, 0), u) - log(r.prior, x.At(i, 0), u)
	}
	return nil
}

// Runs with strengths and errors that are functions of time equal the recursions of the oracle
// on Gaussian data, and not those of the functions in reverse.
func TestRunsOverTimeEqualTheOracle(t *testing.T) {
	f := oracle.Over(func(t float64) float64 { return 0.4 + t*t })
	eps := oracle.Over(func(t float64) float64 { return 1 + 3*t })
	one := oracle.Over(func(float64) float64 { return 1 })
	const y, sd = 1.5, 0.5
	for _, c := range []float64{1, 4} {
		prior, o := line(squared{}, 0, c), oracle.Observed{C: c, Y: y, R: sd * sd}
		m, v := o.Posterior()
		cond := line(squared{}, m, v)
		plain := obs(sde.Columns{Dim: 1, Index: []int{0}}, sd, y)
		hot := plain
		hot.Error = sde.AnnealedError{Error: sde.NormalError{SD: sd}, Epsilon: eps}
		annealed := func(e oracle.Over, exact float64) func(int) (float64, float64) {
			return func(n int) (float64, float64) {
				return o.AncestralOver(n, func(o oracle.Observed, a, s, t float64) float64 {
					return o.R*e(t)*e(t) + exact*o.C*s*s/(a*a*o.C+s*s)
				}, one)
			}
		}
		dps := func(f oracle.Over) func(int) (float64, float64) {
			return func(n int) (float64, float64) {
				return o.AncestralOver(n, func(o oracle.Observed, _, _, _ float64) float64 { return o.R }, f)
			}
		}
		mixed := func(f oracle.Over) func(int) (float64, float64) {
			return func(n int) (float64, float64) { return o.MixedOver(n, f) }
		}
		reward := func(grad, d []float64, _ int) float64 {
			e := y - d[0]
			grad[0] += e / (sd * sd)
			return -e * e / (2 * sd * sd)
		}
		for name, g := range map[string]struct {
			d          sde.Denoiser
			want, back func(n int) (float64, float64)
		}{
			"DPS":            {guide.New(prior, guide.DPS{Observation: plain, StrengthFunc: f}), dps(f), dps(f.Reversed())},
			"annealed DPS":   {guide.New(prior, guide.DPS{Observation: hot}), annealed(eps, 0), annealed(eps.Reversed(), 0)},
			"annealed MMPS":  {guide.New(prior, guide.MMPS{Observation: hot}), annealed(eps, 1), annealed(eps.Reversed(), 1)},
			"annealed PiGDM": {guide.New(prior, guide.PiGDM{Observation: hot}), annealed(eps, 1), annealed(eps.Reversed(), 1)},
			"reward":         {guide.New(prior, guide.Reward{R: reward, StrengthFunc: f}), dps(f), dps(f.Reversed())},
			"classifier":     {guide.New(prior, guide.ClassifierGuidance{ClassScore: ratio{cond, prior}, ScaleFunc: f}), mixed(f), mixed(f.Reversed())},
			"CFG":            {&guide.CFG{Cond: cond, Uncond: prior, WFunc: f}, mixed(f), mixed(f.Reversed())},
			"CFG, one more":  {&guide.CFG{Cond: prior, Uncond: prior, More: []guide.WeightedCondition{{Cond: cond, WFunc: f}}}, mixed(f), mixed(f.Reversed())},
		} {
			const n = 200
			m, v := ancestral(t, g.d, c, n)
			if m2, v2 := g.want(n); math.Abs(m-m2) > 1e-9 || math.Abs(v-v2) > 1e-9 {
				t.Errorf("%s, C = %g: %.9f, %.9f, want %.9f, %.9f", name, c, m, v, m2, v2)
			}
			if m2, v2 := g.back(n); math.Abs(m-m2) < 1e-6 && math.Abs(v-v2) < 1e-6 {
				t.Errorf("%s, C = %g: time in reverse passes", name, c)
			}
		}
	}
}

// The norm form is not affine: one trajectory, which crosses y, without noise.
func TestTheNormFormOverTime(t *testing.T) {
	zeta := oracle.Over(func(t float64) float64 { return 0.1 + 0.5*t })
	o := oracle.Observed{C: 1, Y: 0.3, R: 1}
	d := guide.New(line(squared{}, 0, 1), guide.DPSNorm{Observation: obs(sde.Columns{Dim: 1, Index: []int{0}}, 1, o.Y), ZetaFunc: zeta})
	const n = 64
	x := 1.7
	for k := n; k >= 1; k-- {
		t1 := float64(k) / n
		h := denoise(t, d, row(x), t1).At(0, 0)
		c, e := squared{}.Coeff(t1), squared{}.Coeff(float64(k-1)/n)
		r := c.Alpha * e.Sigma / (e.Alpha * c.Sigma)
		x = e.Alpha*h + e.Sigma*r*(x-c.Alpha*h)/c.Sigma
	}
	if want := o.NormOver(n, 1.7, zeta); math.Abs(x-want) > 1e-9 {
		t.Errorf("%.10f, want %.10f", x, want)
	}
	if back := o.NormOver(n, 1.7, zeta.Reversed()); math.Abs(x-back) < 1e-4 {
		t.Error("time in reverse passes")
	}
}

// Log-probabilities for particles have the strength of their time, and that of t = 0 for
// finished rows.
func TestTwistsOverTime(t *testing.T) {
	f := func(t float64) float64 { return 2 - t }
	g := line(sde.VP{}, 0, 1)
	plain := obs(sde.Columns{Dim: 1, Index: []int{0}}, 0.5, 1.5)
	half := func(grad, d []float64, _ int) float64 { grad[0]++; return d[0] }
	for name, c := range map[string]struct {
		term guide.Term
		with func(k float64) guide.Term
	}{
		"DPS":    {guide.DPS{Observation: plain, StrengthFunc: f}, func(k float64) guide.Term { return guide.DPS{Observation: plain, Strength: k} }},
		"reward": {guide.Reward{R: half, StrengthFunc: f}, func(k float64) guide.Term { return guide.Reward{R: half, Strength: k} }},
		"classifier": {guide.ClassifierGuidance{ClassScore: ratio{line(sde.VP{}, 1, 0.5), g}, ScaleFunc: f}, func(k float64) guide.Term {
			return guide.ClassifierGuidance{ClassScore: ratio{line(sde.VP{}, 1, 0.5), g}, Scale: k}
		}},
	} {
		x, at := mat.NewDense(2, 1, []float64{0.4, 0.4}), []float64{0.25, 0.75} // two times in a batch
		got := make([]float64, 2)
		if err := guide.New(g, c.term).LogProb(got, x, at); err != nil {
			t.Fatal(err)
		}
		d := denoise(t, guide.New(g, c.term), x, at...)
		for i, u := range at {
			want := make([]float64, 1)
			if err := guide.New(g, c.with(f(u))).LogProb(want, row(0.4), []float64{u}); err != nil {
				t.Fatal(err)
			}
			if math.Abs(got[i]-want[0]) > 1e-12 {
				t.Errorf("%s at %g: %g, want %g", name, u, got[i], want[0])
			}
			if e := denoise(t, guide.New(g, c.with(f(u))), row(0.4), u).At(0, 0); math.Abs(d.At(i, 0)-e) > 1e-12 {
				t.Errorf("%s at %g: guided mean %g, want %g", name, u, d.At(i, 0), e)
			}
		}
		end, want := make([]float64, 1), make([]float64, 1)
		if err := guide.New(g, c.term).LogLikelihood(end, row(0.4)); err != nil {
			t.Fatal(err)
		}
		if err := guide.New(g, c.with(f(0))).LogLikelihood(want, row(0.4)); err != nil || math.Abs(end[0]-want[0]) > 1e-12 {
			t.Errorf("%s of finished rows: %g, want %g", name, end[0], want[0])
		}
	}
}

// Strengths that are negative or not finite are refused with the time and the value.
func TestStrengthsOutOfRangeAreRefused(t *testing.T) {
	low := func(t float64) float64 { return 1 - 2*t }
	g := line(sde.VP{}, 0, 1)
	plain := obs(sde.Columns{Dim: 1, Index: []int{0}}, 0.5, 1.5)
	hot := plain
	hot.Error = sde.ScaledError{Scale: []float64{2}, Error: sde.AnnealedError{Error: sde.NormalError{SD: 1}, Epsilon: func(t float64) float64 { s := math.Sin(2 * math.Pi * t); return 1 - 1.178*s*s }}}
	r := func(grad, d []float64, _ int) float64 { return 0 }
	for _, c := range []struct {
		d    sde.Denoiser
		want string
	}{
		{guide.New(g, guide.DPS{Observation: plain, StrengthFunc: low}), "Strength is -0.5 at t = 0.75"},
		{guide.New(g, guide.DPSNorm{Observation: plain, ZetaFunc: low}), "Zeta is -0.5 at t = 0.75"},
		{guide.New(g, guide.Reward{R: r, StrengthFunc: low}), "Strength is -0.5 at t = 0.75"},
		{guide.New(g, guide.Reward{R: r, StrengthFunc: func(float64) float64 { return math.Inf(1) }}), "Strength is +Inf at t = 0.75"},
		{guide.New(g, guide.ClassifierGuidance{ClassScore: ratio{g, g}, ScaleFunc: low}), "Scale is -0.5 at t = 0.75"},
		{guide.New(g, guide.MMPS{Observation: hot}), "Epsilon is -0.178"},
		{guide.New(g, guide.PiGDM{Observation: hot}), "Epsilon is -0.178"},
		{guide.New(g, guide.DPS{Observation: hot}), "Epsilon is -0.178"},
		{&guide.CFG{Cond: g, Uncond: g, WFunc: low}, "strength of CFG is -0.5 at t = 0.75"},
		{&guide.CFG{Cond: g, Uncond: g, More: []guide.WeightedCondition{{Cond: g, WFunc: low}}}, "strength of CFG is -0.5 at t = 0.75"},
		{guide.New(g, guide.DPS{Observation: plain, Strength: 1, StrengthFunc: low}), "both Strength and StrengthFunc"},
		{guide.New(g, guide.Reward{R: r, Strength: 1, StrengthFunc: low}), "both Strength and StrengthFunc"},
		{guide.New(g, guide.ClassifierGuidance{ClassScore: ratio{g, g}, Scale: 1, ScaleFunc: low}), "both Scale and ScaleFunc"},
		{&guide.CFG{Cond: g, Uncond: g, W: 2, WFunc: low}, "both W and WFunc"},
	} {
		err := c.d.Denoise(mat.NewDense(1, 1, nil), row(0.1), []float64{0.75})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
