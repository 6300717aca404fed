package guide_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// The table of these tests has a category of three levels (positions 0-2), a
// number that is present, an atom or missing (3-5) and at 6, and another number
// at 7.
var (
	colors = []int{0, 1, 2}
	states = []int{3, 4, 5}
)

const (
	numberAt = 6
	otherAt  = 7
	present  = 3
)

// table is the law of such rows: a mixture with one component for each color and
// state, which are not independent, and point masses at the levels. The numbers
// depend on both, unless plain, when position 6 does on neither.
func table(sched sde.Schedule, plain bool, keep func(color, state int) float64) *sde.Mixture {
	weight := []float64{.2, .05, .02, .1, .15, .08, .05, .05, .3}
	var w []float64
	var comps []*sde.Gaussian
	for c := range 3 {
		for s := range 3 {
			f := keep(c, s)
			if f == 0 {
				continue
			}
			mu, cov := make([]float64, 8), mat.NewSymDense(8, nil)
			mu[c], mu[3+s] = 1, 1
			mu[numberAt], mu[otherAt] = 0.3, float64(c)-0.5*float64(s)
			cov.SetSym(6, 6, 0.8)
			cov.SetSym(7, 7, 0.3)
			if !plain {
				mu[numberAt] = float64(s-c) / 2
				cov.SetSym(6, 7, 0.2+0.1*float64(c))
			}
			w = append(w, f*weight[3*c+s])
			comps = append(comps, must(sde.NewGaussian(mu, cov, sched)))
		}
	}
	return must(sde.NewMixture(w, comps))
}

func all(int, int) float64 { return 1 }

// among keeps the components of these positions.
func among(levels ...int) func(c, s int) float64 {
	return func(c, s int) float64 {
		if slices.Contains(levels, c) || slices.Contains(levels, 3+s) {
			return 1
		}
		return 0
	}
}

// eventTimes are those at which no probability is small: a Jacobian is rounded to
// 1e-16, and what it is divided by is P.
var eventTimes = []float64{0.15, 0.25, 0.3, 0.6, 0.9, 1}

// gap is the largest difference of two denoisers at the points of l.
func gap(tb testing.TB, a, b sde.Denoiser, l sde.Law) float64 {
	tb.Helper()
	worst := 0.0
	for _, t := range eventTimes {
		if l.Schedule().Coeff(t).Sigma < 0.25 {
			continue // a level of another row has a probability of exp(-1/σ²)
		}
		x := points(l, t)
		u, v := denoise(tb, a, x, t), denoise(tb, b, x, t)
		u.Sub(u, v)
		for i, e := range u.RawMatrix().Data {
			if !(math.Abs(e) <= worst*math.Max(1, math.Abs(v.RawMatrix().Data[i]))) {
				worst = math.Abs(e) / math.Max(1, math.Abs(v.RawMatrix().Data[i]))
			}
		}
	}
	return worst
}

func TestLevelsAreExact(t *testing.T) {
	for _, sched := range []sde.Schedule{sde.VP{}, sde.Rectified{}} {
		prior := table(sched, false, all)
		for name, c := range map[string]struct {
			e    guide.Event
			keep []int
		}{
			"one":     {guide.Levels(colors, []int{1}), []int{1}},
			"two":     {guide.Levels(colors, []int{0, 2}), []int{0, 2}},
			"all":     {guide.Levels(colors, colors), colors},
			"missing": {guide.Levels(states, []int{5}), []int{5}},
			"any number": {guide.Event{Block: states, Present: present, Allowed: []int{4}, Number: numberAt,
				Lo: math.Inf(-1), Hi: math.Inf(1)}, []int{3, 4}},
		} {
			want := table(sched, false, among(c.keep...))
			w := guide.Where{c.e}
			p := guide.New(prior, w)
			if e := gap(t, p, want, prior); !(e <= 1e-10) {
				t.Errorf("%s: %.2g from the law of the rows that fit", name, e)
			}
			if name != "any number" && p.Exactness() != guide.Exact {
				t.Errorf("%s: said to be %v", name, p.Exactness())
			}
			if name == "all" {
				continue
			}
			if gap(t, guide.New(flat{prior}, w), want, prior) < 1e-6 {
				t.Errorf("%s: a dropped Jacobian passes", name)
			}
			if gap(t, broken{p, prior, 1.05, 1}, want, prior) < 1e-6 {
				t.Errorf("%s: 5 %% more strength passes", name)
			}
			if gap(t, broken{p, prior, 1, 0}, want, prior) < 1e-6 {
				t.Errorf("%s: σ² for σ²/α passes", name)
			}
			if e := twistGradError(t, p, prior, 0.5); e > 1e-6 {
				t.Errorf("%s: log P is off by %.2g", name, e)
			}
		}
	}
}

// responsibilities of the mixture at x: p(component | x_t).
func responsibilities(m *sde.Mixture, x *mat.Dense, i int, t float64) []float64 {
	r, sum := make([]float64, len(m.Comps)), 0.0
	top := math.Inf(-1)
	for k, g := range m.Comps {
		lp := make([]float64, 1)
		g.LogProb(lp, mat.DenseCopyOf(x.Slice(i, i+1, 0, m.Dim())), []float64{t})
		r[k] = lp[0] + math.Log(m.Weights[k])
		top = math.Max(top, r[k])
	}
	for k := range r {
		r[k] = math.Exp(r[k] - top)
		sum += r[k]
	}
	for k := range r {
		r[k] /= sum
	}
	return r
}

// mixed is the denoiser of "state is the atom, or the number is within [lo, hi]"
// where that number is independent of everything else: Bayes' rule on the
// components, with the truncated mean of the number.
type mixed struct {
	*sde.Mixture
	lo, hi float64
}

func (m mixed) Denoise(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	dst.Zero()
	one := mat.NewDense(1, d, nil)
	for i := range n {
		r := responsibilities(m.Mixture, x, i, t[0])
		c := m.Sched.Coeff(t[0])
		total := 0.0
		for k, g := range m.Comps {
			if err := g.Denoise(one, mat.DenseCopyOf(x.Slice(i, i+1, 0, d)), t); err != nil {
				return err
			}
			z, w := one.At(0, numberAt), 0.0
			switch {
			case g.Mu[4] == 1:
				w = r[k]
			case g.Mu[present] == 1:
				v := g.Cov.At(6, 6)
				s := math.Sqrt(v * c.Sigma * c.Sigma / (c.Alpha*c.Alpha*v + c.Sigma*c.Sigma))
				a, b := (m.lo-z)/s, (m.hi-z)/s
				mass := (math.Erf(b/math.Sqrt2) - math.Erf(a/math.Sqrt2)) / 2
				w = r[k] * mass
				z += s * (math.Exp(-a*a/2) - math.Exp(-b*b/2)) / math.Sqrt(2*math.Pi) / mass
			}
			total += w
			for j := range d {
				v := one.At(0, j)
				if j == numberAt {
					v = z
				}
				if w > 0 {
					dst.Set(i, j, dst.At(i, j)+w*v)
				}
			}
		}
		for j := range d {
			dst.Set(i, j, dst.At(i, j)/total)
		}
	}
	return nil
}

// noisy is a prior whose Jacobian is off by a constant, as learned ones are.
type noisy struct {
	sde.Differentiable
	off float64
}

func (p noisy) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := p.Differentiable.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		if err := pull(dst, v); err != nil {
			return err
		}
		n, d := dst.Dims()
		for i := range n {
			sum := 0.0
			for _, e := range v.RawRowView(i) {
				sum += e
			}
			for j := range d {
				dst.Set(i, j, dst.At(i, j)+p.off*sum*math.Sin(float64(3*j+1)))
			}
		}
		return nil
	}, err
}

// Blocks that are known to be levels stay distributions, of an event elsewhere and
// a poor Jacobian too, and where it is right nothing changes.
func TestOtherBlocksStayDistributions(t *testing.T) {
	prior := table(sde.VP{}, true, all)
	number := guide.Between(otherAt, 0.5, 0.9)
	known := guide.Where{number, guide.Levels(colors, colors), guide.Levels(states, states)}
	worst := func(w guide.Where, off float64) float64 {
		far := 0.0
		for _, time := range eventTimes {
			d := denoise(t, guide.New(noisy{prior, off}, w), points(prior, time), time)
			for i := range d.RawMatrix().Rows {
				for _, block := range [][]int{colors, states} {
					sum := 0.0
					for _, j := range block {
						sum += d.At(i, j)
						far = math.Max(far, -d.At(i, j))
					}
					far = math.Max(far, math.Abs(sum-1))
				}
			}
		}
		return far
	}
	if e := worst(known, 0.3); !(e < 1e-12) {
		t.Errorf("means are %.2g from a distribution", e)
	}
	if worst(guide.Where{number}, 0.3) < 1e-3 {
		t.Error("blocks that are not known pass")
	}
	level := guide.Levels(colors, []int{1})
	if p := guide.New(prior, guide.Where{level, guide.Levels(states, states)}); p.Exactness() != guide.Exact {
		t.Errorf("levels alone are %v", p.Exactness())
	}
	if e := gap(t, guide.New(prior, guide.Where{level, guide.Levels(states, states)}), guide.New(prior, guide.Where{level}), prior); !(e < 1e-12) {
		t.Errorf("a right Jacobian is bent by %.2g", e)
	}
}

func TestNumbersWithAtomsAreExactWhereNormal(t *testing.T) {
	prior := table(sde.VP{}, true, all)
	e := guide.Event{Block: states, Allowed: []int{4}, Present: present, Number: numberAt, Lo: -0.5, Hi: 1.2}
	want := mixed{prior, e.Lo, e.Hi}
	p := guide.New(prior, guide.Where{e})
	// The reference subtracts error functions: 1e-8 where the bounds are far.
	if g := gap(t, p, want, prior); !(g <= 1e-8) {
		t.Errorf("%.2g from Bayes' rule", g)
	}
	for name, f := range map[string]func(e *guide.Event){
		"a bound":       func(e *guide.Event) { e.Hi = 1.25 },
		"no atom":       func(e *guide.Event) { e.Allowed = nil },
		"another level": func(e *guide.Event) { e.Allowed = []int{5} },
		"levels only":   func(e *guide.Event) { e.Lo, e.Hi = math.Inf(-1), math.Inf(1) },
	} {
		f2 := e
		f(&f2)
		if gap(t, guide.New(prior, guide.Where{f2}), want, prior) < 1e-6 {
			t.Errorf("%s, wrong, passes", name)
		}
	}
	if gap(t, broken{p, prior, 1.05, 1}, want, prior) < 1e-6 || gap(t, guide.New(flat{prior}, guide.Where{e}), want, prior) < 1e-6 {
		t.Error("5 % more strength or a dropped Jacobian passes")
	}
	if g := twistGradError(t, p, prior, 0.5); g > 1e-6 {
		t.Errorf("log P is off by %.2g", g)
	}
	if p.Exactness() != guide.Heuristic || len(p.Caveats()) == 0 {
		t.Error("a number of a mixture is not said to be approximate")
	}
}
