package sample

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// corrected runs FKC on Gaussians on the line and returns, as a cloud, what
// unbiased compares.
func corrected(tb testing.TB, m Method, steps, groups, k int, weights []float64, laws ...*sde.Gaussian) *Particles {
	tb.Helper()
	f := FKC{Weights: weights}
	for _, l := range laws {
		f.Models = append(f.Models, l)
	}
	return particles(tb, f, m, groups, k, ParticleOptions{Options: Options{Steps: steps, Seed: 4}})
}

// product returns mean, variance and log of the integral of Π N(m_i, v_i)^{w_i}.
func product(weights []float64, laws ...*sde.Gaussian) (mean, variance, logZ float64) {
	var a, b, c float64
	for i, w := range weights {
		m, v := laws[i].Mean()[0], laws[i].Covariance().At(0, 0)
		a, b, c = a+w/v, b+w*m/v, c+w*m*m/v
		logZ -= 0.5 * w * math.Log(2*math.Pi*v)
	}
	return b / a, 1 / a, logZ + 0.5*math.Log(2*math.Pi/a) - 0.5*(c-b*b/a)
}

// Guidance, products and annealed laws have the mean, variance and normalizing
// constant of the product; the flow too, where it does not resample much.
func TestCorrectorsGiveTheProduct(t *testing.T) {
	s := sde.VE{SigmaMin: 0.01, SigmaMax: 50}
	vp := sde.VP{}
	for name, c := range map[string]struct {
		m       Method
		weights []float64
		laws    []*sde.Gaussian
	}{
		"guidance, w = 2":       {DPMpp2MSDE{}, []float64{2, -1}, []*sde.Gaussian{gauss1(t, 0, 1, s), gauss1(t, 0, 2, s)}},
		"guidance, w = 3":       {DPMpp2MSDE{}, []float64{3, -2}, []*sde.Gaussian{gauss1(t, 0, 1, s), gauss1(t, 0, 2, s)}},
		"guidance, moved, VP":   {DPMpp2MSDE{}, []float64{2, -1}, []*sde.Gaussian{gauss1(t, 1, 1, vp), gauss1(t, 0, 2, vp)}},
		"guidance, ODE":         {DPMpp2MSDE{EtaFunc: func(float64) float64 { return 0 }}, []float64{2, -1}, []*sde.Gaussian{gauss1(t, 0, 1, s), gauss1(t, 0, 2, s)}},
		"product of two":        {EulerMaruyama{}, []float64{1, 1}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp), gauss1(t, -0.5, 1.5, vp)}},
		"annealed, beta = 1.5":  {EulerMaruyama{}, []float64{1.5}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
		"annealed, beta = 0.75": {EulerMaruyama{}, []float64{0.75}, []*sde.Gaussian{gauss1(t, 0.5, 1, vp)}},
	} {
		steps := 150
		if strings.HasPrefix(name, "product") || strings.HasPrefix(name, "annealed") {
			steps = 300
		}
		if testing.Short() && name != "guidance, w = 2" {
			continue
		}
		cloud := corrected(t, c.m, steps, 60, 64, c.weights, c.laws...)
		mean, variance, logZ := product(c.weights, c.laws...)
		if diff := unbiased(cloud, mean, variance, logZ); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Without the correctors guidance has another variance: that of the reverse SDE.
func TestGuidanceWithoutCorrectorsShows(t *testing.T) {
	s := sde.VE{SigmaMin: 0.01, SigmaMax: 50}
	cloud := corrected(t, DPMpp2MSDE{}, 150, 60, 64, []float64{2, -1}, gauss1(t, 0, 1, s), gauss1(t, 0, 2, s))
	for i := range cloud.Weights { // weights dropped
		cloud.Weights[i] = 1. / 64
	}
	clear(cloud.LogEvidence)
	if math.Abs(oracle.CFGReverse(2)-2./3) < 0.05 || unbiased(cloud, 0, 2./3, 0) == "" {
		t.Error("guidance without correctors passes")
	}
}

// The normalizing constants of independent coordinates multiply.
func TestCorrectorsInTwoDimensions(t *testing.T) {
	a, err := sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0, 0, 2}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	weights := []float64{1.4}
	c := particles(t, FKC{Models: []sde.Denoiser{a}, Weights: weights}, EulerMaruyama{}, 40, 64, ParticleOptions{Options: Options{Steps: 250, Seed: 6}})
	mean, variance, first := product(weights, gauss1(t, 0.5, 1, sde.VP{}))
	_, _, second := product(weights, gauss1(t, -1, 2, sde.VP{}))
	if diff := unbiased(c, mean, variance, first+second); diff != "" {
		t.Error(diff)
	}
	if unbiased(c, mean, variance, first) == "" {
		t.Error("another constant passes")
	}
}

// A step adds to log W by the trapezoidal rule in λ: by hand for two normal laws.
func TestCorrectorsAddUpByTheTrapezoidalRule(t *testing.T) {
	laws, weights := []oracle.Gaussian{{M: 0.3, V: 1}, {M: -0.2, V: 2}}, []float64{2, -0.5}
	m := &meter{ctx: t.Context()}
	w := FKC{Models: []sde.Denoiser{gauss1(t, 0.3, 1, sde.VP{}), gauss1(t, -0.2, 2, sde.VP{})}, Weights: weights}.bind(1, m)
	w.selectGroup(0)
	at := func(x, t float64) (rate float64) {
		sum := 0.0
		for i, g := range laws {
			s := g.Score(x, t)
			sum += weights[i] * s
			rate -= weights[i] * s * s
		}
		sigma := sde.VP{}.Coeff(t).Sigma
		return sigma * sigma * (rate + sum*sum)
	}
	x, psi := mat.NewDense(1, 1, []float64{0.7}), make([]float64, 1)
	m.x = x
	if err := w.weigh(psi, x, 0.6); err != nil {
		t.Fatal(err)
	}
	before := psi[0]
	x.Set(0, 0, 0.9)
	m.moves++
	if err := w.weigh(psi, x, 0.5); err != nil {
		t.Fatal(err)
	}
	a, b := sde.VP{}.Coeff(0.6), sde.VP{}.Coeff(0.5)
	want := 0.5*(b.Lambda()-a.Lambda())*(at(0.7, 0.6)+at(0.9, 0.5)) + 0.5*math.Log(a.Alpha/b.Alpha)
	if got := psi[0] - before; math.Abs(got-want) > 1e-9 {
		t.Errorf("log W changes by %.9g, want %.9g", got, want)
	}
}
