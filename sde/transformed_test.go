package sde

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func transforms(s Schedule) map[string]*Transformed {
	return map[string]*Transformed{
		"log-normal":   must(NewLogNormal(0.2, 0.7, s)),
		"logit-normal": must(NewLogitNormal(0.5, 2, -1, 3, s)),
		"uniform":      must(NewQuantile(func(p float64) float64 { return 2*p - 1 }, s)),
		"Laplace": must(NewQuantile(func(p float64) float64 {
			if p < 0.5 {
				return math.Log(2 * p)
			}
			return -math.Log(2 * (1 - p))
		}, s)),
		"falling": must(NewTransformed(func(u float64) float64 { return math.Exp(-u / 2) }, s)),
		"bent":    must(NewTransformed(func(u float64) float64 { return u + 2*math.Tanh(5*u) }, s)), // two modes
		"kinked":  must(NewTransformed(func(u float64) float64 { return math.Max(u, 3*u) }, s)),
	}
}

// bruteForce integrates by the trapezoidal rule on a fine grid.
func bruteForce(l *Transformed, x float64, c Coeff) (logp, mean, variance float64) {
	const lo, hi, n = -14, 14, 1 << 17
	top := math.Inf(1)
	h := func(u float64) (float64, float64) {
		v := l.T(u)
		z := (x - c.Alpha*v) / c.Sigma
		return u*u/2 + z*z/2, v
	}
	for k := range n + 1 {
		e, _ := h(lo + (hi-lo)*float64(k)/n)
		top = math.Min(top, e)
	}
	var m0, m1, m2 float64
	for k := range n + 1 {
		e, v := h(lo + (hi-lo)*float64(k)/n)
		if w := math.Exp(top - e); w > 0 {
			m0, m1, m2 = m0+w, m1+w*v, m2+w*v*v
		}
	}
	mean = m1 / m0
	return math.Log(m0*(hi-lo)/n) - top - math.Log(2*math.Pi*c.Sigma), mean, m2/m0 - mean*mean
}

// againstBruteForce describes the first difference above 1e-8 of log p and D, and
// above 1e-6 of the Jacobian, whose reference loses digits.
func againstBruteForce(l *Transformed, truth *Transformed) string {
	sd := math.Sqrt(truth.variance)
	for _, t := range []float64{0.02, 0.2, 0.5, 1} {
		c := l.Sched.Coeff(t)
		for _, q := range []float64{-2, -0.7, 0.1, 1.3, 4} {
			x := c.Alpha*(truth.mean+q*sd) + c.Sigma*q/3
			logp, mean, variance := bruteForce(truth, x, c)
			k := l.cell(new(rule), x, c)
			if e := math.Abs(k.logp - logp); !(e <= 1e-8*math.Max(1, math.Abs(logp))) {
				return fmt.Sprintf("t = %g, x = %g: log p is %.12g, want %.12g", t, x, k.logp, logp)
			}
			if e := math.Abs(k.mean - mean); !(e <= 1e-8*math.Max(1, math.Abs(mean))) {
				return fmt.Sprintf("t = %g, x = %g: D is %.12g, want %.12g", t, x, k.mean, mean)
			}
			if want := c.Alpha / (c.Sigma * c.Sigma) * variance; !(math.Abs(k.gain-want) <= 1e-6*math.Max(1, want)) {
				return fmt.Sprintf("t = %g, x = %g: the Jacobian is %.12g, want %.12g", t, x, k.gain, want)
			}
		}
	}
	return ""
}

func TestTransformedAgainstBruteForce(t *testing.T) {
	for name, l := range transforms(VP{}) {
		if e := againstBruteForce(l, l); e != "" {
			t.Errorf("%s: %s", name, e)
		}
		other := must(NewTransformed(func(u float64) float64 { return l.T(u) * 1.0001 }, l.Sched))
		if againstBruteForce(other, l) == "" {
			t.Errorf("%s: a law that is 0.01 %% wider passes", name)
		}
	}
}

// With a law that has a closed form, at any noise.
func TestTransformedAgainstClosedForms(t *testing.T) {
	s := VE{SigmaMin: 1e-4, SigmaMax: 100}
	lines := must(NewTransformed(func(u float64) float64 { return 1 - 2*u }, s))
	normal := must(NewGaussian([]float64{1}, mat.NewSymDense(1, []float64{4}), s))
	uniform := transforms(s)["uniform"]
	box := must(NewBox([]float64{-1}, []float64{1}, s))
	same := func(a, b Law, tol float64) string {
		for _, tt := range []float64{0, 0.1, 0.3, 0.5, 0.8, 1} {
			x := batchAt(b, 40, []float64{tt}, 5)
			var d, e, u, v mat.Dense
			d.CloneFrom(x)
			e.CloneFrom(x)
			u.CloneFrom(x)
			v.CloneFrom(x)
			lp, lq := make([]float64, 40), make([]float64, 40)
			a.Denoise(&d, x, []float64{tt})
			b.Denoise(&e, x, []float64{tt})
			a.Score(&u, x, []float64{tt})
			b.Score(&v, x, []float64{tt})
			a.LogProb(lp, x, []float64{tt})
			b.LogProb(lq, x, []float64{tt})
			sigma := s.Coeff(tt).Sigma
			for i := range lp {
				if g := math.Max(math.Abs(d.At(i, 0)-e.At(i, 0)), math.Max(math.Abs(lp[i]-lq[i]), sigma*math.Abs(u.At(i, 0)-v.At(i, 0)))); !(g <= tol) {
					return fmt.Sprintf("t = %g, x = %g: D %.12g, want %.12g; log p %.12g, want %.12g; score %g, want %g",
						tt, x.At(i, 0), d.At(i, 0), e.At(i, 0), lp[i], lq[i], u.At(i, 0), v.At(i, 0))
				}
			}
		}
		return ""
	}
	if e := same(lines, normal, 1e-8); e != "" {
		t.Errorf("a line: %s", e)
	}
	if e := same(uniform, box, 1e-8); e != "" {
		t.Errorf("uniform: %s", e)
	}
	if same(uniform, must(NewBox([]float64{-1}, []float64{1.001}, s)), 1e-8) == "" {
		t.Error("another box passes")
	}
	for name, l := range map[string]struct {
		law            *Transformed
		mean, variance float64
	}{
		"log-normal": {transforms(s)["log-normal"], math.Exp(0.2 + 0.245), math.Exp(0.4+0.49) * math.Expm1(0.49)},
		"uniform":    {uniform, 0, 1. / 3},
		"Laplace":    {transforms(s)["Laplace"], 0, 2},
	} {
		if m, v := l.law.Mean()[0], l.law.Covariance().At(0, 0); math.Abs(m-l.mean) > 1e-9 || math.Abs(v-l.variance) > 1e-9 {
			t.Errorf("%s: mean %.12g, variance %.12g", name, m, v)
		}
	}
}

// Without noise the marginal is the law itself.
func TestTransformedWithoutNoise(t *testing.T) {
	l := transforms(VP{})["log-normal"]
	const n = 5
	x, d, s := mat.NewDense(n, 1, []float64{0.3, 1, 2.5, 7, -1}), mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	lp := make([]float64, n)
	l.LogProb(lp, x, []float64{0})
	l.Score(s, x, []float64{0})
	l.Denoise(d, x, []float64{0})
	for i := range n - 1 {
		v := x.At(i, 0)
		z := (math.Log(v) - 0.2) / 0.7
		want, score := -z*z/2-math.Log(0.7*v)-math.Log(2*math.Pi)/2, -(1+z/0.7)/v
		if math.Abs(lp[i]-want) > 1e-6 || math.Abs(s.At(i, 0)-score) > 1e-5*(1+math.Abs(score)) || d.At(i, 0) != v {
			t.Errorf("x = %g: log p %g, want %g; score %g, want %g", v, lp[i], want, s.At(i, 0), score)
		}
	}
	if !math.IsInf(lp[4], -1) || !math.IsInf(s.At(4, 0), 1) || math.Abs(d.At(4, 0)) > 1e-9 {
		t.Errorf("outside: log p %g, score %g, D %g", lp[4], s.At(4, 0), d.At(4, 0))
	}
}

func TestTransformedInAProduct(t *testing.T) {
	s := VP{}
	p := must(NewProduct(transforms(s)["log-normal"], randomGaussian(2, 3, s), transforms(s)["uniform"]))
	for _, check := range []string{checkScore(p), checkRowsAlone(p)} {
		if check != "" {
			t.Error(check)
		}
	}
}

func TestTransformedRefuses(t *testing.T) {
	for want, f := range map[string]func(u float64) float64{
		"monotone near":   func(u float64) float64 { return u * u },
		"mean and":        func(float64) float64 { return 2 },
		"is NaN":          func(u float64) float64 { return math.Log(u) },
		"no finite mean":  func(u float64) float64 { return math.Sinh(u * u * u) },
		"is +Inf":         func(u float64) float64 { return math.Exp(100*u + 100) },
		"T is not monoto": func(u float64) float64 { return u - 2*math.Tanh(u-5) },
	} {
		if _, err := NewTransformed(f, VP{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
