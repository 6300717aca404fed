package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// bayes is the exact classifier of the components of a mixture: row i is asked
// for its class[i], or all for class[0].
type bayes struct {
	*sde.Mixture
	class []int
}

func (b bayes) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	s := mat.NewDense(n, d, nil)
	b.Mixture.Score(s, x, t)
	prior, one := make([]float64, n), make([]float64, 1)
	b.Mixture.LogProb(prior, x, t)
	for i := range n {
		k := b.class[0]
		if len(b.class) > 1 {
			k = b.class[i]
		}
		row := x.Slice(i, i+1, 0, d).(*mat.Dense)
		ti := []float64{sde.Time(t, i)}
		b.Comps[k].Score(dst.Slice(i, i+1, 0, d).(*mat.Dense), row, ti)
		b.Comps[k].LogProb(one, row, ti)
		logp[i] = math.Log(b.Weights[k]) + one[0] - prior[i]
	}
	dst.Sub(dst, s)
	return nil
}

func (b bayes) Rows(idx []int) sde.ClassScore {
	if len(b.class) == 1 {
		return b
	}
	c := make([]int, len(idx))
	for i, r := range idx {
		c[i] = b.class[r]
	}
	return bayes{b.Mixture, c}
}

func (b bayes) Exact() bool { return true }

func TestExactClassifierGivesTheComponent(t *testing.T) {
	for name, sched := range schedules {
		m := modes(sched)
		for k, c := range m.Comps {
			p := guide.New(m, guide.ClassifierGuidance{ClassScore: bayes{m, []int{k}}})
			if s := equal(t, p, c, m); s != "" {
				t.Errorf("%s, class %d: %s", name, k, s)
			}
			if len(p.Caveats()) != 0 {
				t.Errorf("caveats %q", p.Caveats())
			}
			if equal(t, broken{p, m, 1.05, 1}, c, m) == "" {
				t.Errorf("%s, class %d: 5 %% more strength passes", name, k)
			}
			// Scaled, it is classifier-free guidance of the same strength.
			q := guide.New(m, guide.ClassifierGuidance{ClassScore: bayes{m, []int{k}}, Scale: 3})
			if s := equal(t, q, &guide.CFG{Cond: c, Uncond: m, W: 3}, m); s != "" {
				t.Errorf("%s, class %d, scale 3: %s", name, k, s)
			}
			if s := strings.Join(q.Caveats(), ""); !strings.Contains(s, "scale 3") {
				t.Errorf("caveats %q", s)
			}
		}
	}
	m := modes(sde.VP{})
	p := guide.New(m, guide.ClassifierGuidance{ClassScore: bayes{m, []int{1}}})
	if e := twistGradError(t, p, m, 0.5); e > 1e-6 {
		t.Errorf("log p(c|x_t) is off by %.2g", e)
	}
	term := guide.ClassifierGuidance{ClassScore: bayes{m, []int{0, 1, 2, 0, 1, 2}}}
	if !keepsRows(t, m, term, 6) || keepsRows(t, m, swapped{term}, 6) {
		t.Error("classes do not stay with their rows")
	}
	if err := guide.New(modes(sde.VE{}), guide.ClassifierGuidance{ClassScore: bayes{m, []int{0}}}).Err(); err == nil || !strings.Contains(err.Error(), "another schedule") {
		t.Errorf("%v", err)
	}
}

// forms carries one row over a DDPM step from t to s without noise, with the
// guidance in the score form, the ε form and the Taylor form.
func forms(m *sde.Mixture, x []float64, t, s float64) (score, eps, taylor []float64, shift float64) {
	d := len(x)
	c, e := m.Sched.Coeff(t), m.Sched.Coeff(s)
	xm := mat.NewDense(1, d, x)
	D, g := mat.NewDense(1, d, nil), mat.NewDense(1, d, nil)
	if m.Denoise(D, xm, []float64{t}) != nil || (bayes{m, []int{1}}).LogProbGrad(g, make([]float64, 1), xm, []float64{t}) != nil {
		panic("laws do not err")
	}
	r := c.Alpha * e.Sigma / (e.Alpha * c.Sigma)
	q := e.Sigma * r / c.Sigma
	step := func(D []float64) []float64 {
		y := make([]float64, d)
		for j := range y {
			y[j] = q*x[j] + (e.Alpha-q*c.Alpha)*D[j]
		}
		return y
	}
	guided := make([]float64, d)
	for j := range guided {
		guided[j] = D.At(0, j) + c.Tweedie()*g.At(0, j)
	}
	score = step(guided)

	z := make([]float64, d)
	sde.Convert(z, D.RawRowView(0), x, c, sde.X0, sde.Epsilon)
	guide.ShiftEpsilon(z, g.RawRowView(0), c)
	sde.Convert(z, z, x, c, sde.Epsilon, sde.X0)
	eps = step(z)

	taylor = step(D.RawRowView(0))
	for j, v := range taylor {
		shift = math.Max(shift, math.Abs(score[j]-v))
	}
	guide.ShiftMean(taylor, g.RawRowView(0), e.Sigma*math.Sqrt(1-r*r))
	return score, eps, taylor, shift
}

func TestThreeFormsOfClassifierGuidance(t *testing.T) {
	m := modes(sde.VP{})
	x := []float64{0.4, 0.3, -0.2}
	apart := func(a, b []float64) float64 {
		w := 0.0
		for j := range a {
			w = math.Max(w, math.Abs(a[j]-b[j]))
		}
		return w
	}
	var last float64
	for k, h := range []float64{0.02, 0.01, 0.005, 0.0025} {
		score, eps, taylor, shift := forms(m, x, 0.4, 0.4-h)
		if e := apart(score, eps); e > 1e-13 {
			t.Errorf("h = %g: score and ε forms differ by %.2g", h, e)
		}
		rel := apart(score, taylor) / shift // of the guidance itself, which is of the order of h
		if rel == 0 {
			t.Error("the forms are equal, not only to first order")
		}
		if order := math.Log2(last / rel); k > 0 && math.Abs(order-1) > 0.2 {
			t.Errorf("h = %g: the Taylor form differs by %.2g of the guidance, order %.2f, want 1", h, rel, order)
		}
		last = rel
	}
	// A standard deviation for a variance, as a planted error, does not vanish.
	score, _, taylor, shift := forms(m, x, 0.4, 0.3975)
	for j := range taylor {
		taylor[j] += 0.05 * shift
	}
	if apart(score, taylor)/shift < last*2 {
		t.Error("a guidance 5 % too strong passes")
	}
}
