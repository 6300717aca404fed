package oracle

import (
	"math"
	"testing"
)

// integrate carries x along the probability flow from t to u by the classical
// Runge-Kutta rule, for a score.
func integrate(score func(x, t float64) float64, x, t, u float64, n int) float64 {
	f := func(x, t float64) float64 { return -0.5*Beta(t)*x - 0.5*Beta(t)*score(x, t) }
	h := (u - t) / float64(n)
	for i := range n {
		s := t + float64(i)*h
		k1 := f(x, s)
		k2 := f(x+h/2*k1, s+h/2)
		k3 := f(x+h/2*k2, s+h/2)
		k4 := f(x+h*k3, s+h)
		x += h / 6 * (k1 + 2*k2 + 2*k3 + k4)
	}
	return x
}

func TestFlowSolvesItsODE(t *testing.T) {
	g := Gaussian{1, 0.25}
	for _, x := range []float64{-2, 0.3, 1.7} {
		if got, want := integrate(g.Score, x, 1, 0.05, 2000), g.Flow(x, 1, 0.05); math.Abs(got-want) > 1e-8 {
			t.Errorf("from %g: %g, want %g", x, got, want)
		}
	}
	wrong := func(x, t float64) float64 { return 1.01 * g.Score(x, t) }
	if got, want := integrate(wrong, -2, 1, 0.05, 2000), g.Flow(-2, 1, 0.05); math.Abs(got-want) < 1e-4 {
		t.Error("a wrong score passes")
	}
}

func TestMixtureFlowSolvesItsODE(t *testing.T) {
	m := Mixture{[]float64{0.7, 0.3}, []float64{-2, 1.5}, []float64{0.3, 0.4}}
	score := func(x, t float64) float64 {
		a, s := Alpha(t), Sigma(t)
		var num, den float64
		for k, w := range m.W {
			v := a*a*m.SD[k]*m.SD[k] + s*s
			p := w * math.Exp(-0.5*(x-a*m.M[k])*(x-a*m.M[k])/v) / math.Sqrt(v)
			den += p
			num -= p * (x - a*m.M[k]) / v
		}
		return num / den
	}
	for _, x := range []float64{-1, 0.2, 1.3} {
		if got, want := integrate(score, x, 1, 0.05, 4000), m.Flow(x, 1, 0.05); math.Abs(got-want) > 1e-6 {
			t.Errorf("from %g: %g, want %g", x, got, want)
		}
	}
}

func TestTimeAtInvertsLambda(t *testing.T) {
	for i := 1; i <= 100; i++ {
		u := float64(i) / 100
		if got := TimeAt(Lambda(u)); math.Abs(got-u) > 1e-13 {
			t.Errorf("%g: %g", u, got)
		}
	}
}

// Euler-Maruyama with a tiny step tends to the marginals, for every eta.
func TestRecursionsTendToTheMarginal(t *testing.T) {
	g := Gaussian{1, 0.25}
	for _, eta := range []float64{0, 0.5, 1} {
		ts := UniformTimes(400, 1e-2)
		for name, s := range map[string]Sampler{"EM": EulerMaruyama(eta), "DDIM": DDIM(eta)} {
			if e := g.Error(s.Affine(g, ts), ts); e > 1e-2 {
				t.Errorf("%s, eta %g: error %g", name, eta, e)
			}
		}
	}
}
