package sample

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// The variance of Langevin's chain at a fixed time is v/(1 - δ/(2v)) on a
// Gaussian p_t of variance v, and the mean is right.
func TestLangevinIsStationary(t *testing.T) {
	for _, snr := range []float64{0.05, 0.16, 0.5} {
		for _, u := range []float64{1e-3, 0.2, 1} {
			c := sde.VP{}.Coeff(u)
			v := c.Alpha*c.Alpha*0.25 + c.Sigma*c.Sigma
			a := correctionMap(t, Langevin{SNR: snr}, u)
			delta := 2 * snr * snr * c.Sigma * c.Sigma
			mean, variance := a.Offset/(1-a.Gain), a.Var/(1-a.Gain*a.Gain)
			if want := v / (1 - delta/(2*v)); math.Abs(mean-c.Alpha) > 1e-9 || math.Abs(variance-want) > 1e-9*want {
				t.Errorf("SNR %g, t = %g: N(%g, %g), want N(%g, %g)", snr, u, mean, variance, c.Alpha, want)
			}
		}
	}
}

// correctionMap is the affine map of a correction of data N(1, .5²) with one draw.
func correctionMap(tb testing.TB, c Corrector, u float64) oracle.Affine {
	tb.Helper()
	x := mat.NewDense(3, 1, []float64{0, 1, 0})
	if err := c.NewCorrection(gauss1(tb, 1, 0.25, sde.VP{}), 3).Correct(x, u, &impulse{}); err != nil {
		tb.Fatal(err)
	}
	b := x.At(0, 0)
	return oracle.Affine{Offset: b, Gain: x.At(1, 0) - b, Var: (x.At(2, 0) - b) * (x.At(2, 0) - b)}
}

// One row alone has a batch mean of its own norms: the step is 2 (SNR |z|/|∇|)².
func TestBatchMeanLangevinStep(t *testing.T) {
	d := gauss1(t, 1, 0.25, sde.VP{})
	x := mat.NewDense(1, 1, []float64{0.3})
	z := sde.NewStreams(4, "batch", 0)
	if err := (BatchMeanLangevin{SNR: 0.2}).NewCorrection(d, 1).Correct(x, 0.3, z); err != nil {
		t.Fatal(err)
	}
	e := mat.NewDense(1, 1, nil)
	z.Normal(e, 0.3, 0.3, 0)
	g := oracle.Gaussian{M: 1, V: 0.25}
	s := g.Score(0.3, 0.3)
	step := 2 * math.Pow(0.2*math.Abs(e.At(0, 0))/math.Abs(s), 2)
	if want := 0.3 + step*s + math.Sqrt(2*step)*e.At(0, 0); math.Abs(x.At(0, 0)-want) > 1e-12 {
		t.Errorf("%g, want %g", x.At(0, 0), want)
	}
}

// Levels of a DDPM chain: the published update in x, β and score.
func TestChainEqualsTheOracle(t *testing.T) {
	g := oracle.Gaussian{M: 1, V: 0.25}
	d := gauss1(t, g.M, g.V, sde.VP{})
	for _, n := range []int{100, 400} {
		c, err := sde.NewDDPM(sde.VP{}, n)
		if err != nil {
			t.Fatal(err)
		}
		ref := oracle.NewDDPM(n)
		for _, large := range []bool{false, true} {
			m := DiscreteAncestral{Levels: c, FixedLarge: large}
			got := affine(t, d, m, m.Times())
			if diff := compareAffine(got, ref.Affine(g, large)); diff != "" {
				t.Errorf("%d levels, fixed large %t: %s", n, large, diff)
			}
			if compareAffine(got, ref.Affine(g, !large)) == "" {
				t.Errorf("%d levels: both variances agree", n)
			}
		}
	}
}

func mustSMLD(tb testing.TB, n int) *sde.SMLD {
	tb.Helper()
	c, err := sde.NewSMLD(sde.VE{}, n)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// For data at one point, ancestral sampling along SMLD keeps the variance σ_i²
// at every level. Reverse diffusion, its twin with the larger noise, does not.
func TestSMLDOnAPoint(t *testing.T) {
	d := gauss1(t, 0.3, 0, sde.VE{})
	c := mustSMLD(t, 10)
	ts := DiscreteAncestral{Levels: c}.Times()
	for k := 1; k < len(ts); k++ {
		want := c.Sigma[len(ts)-1-k]
		for _, m := range []Method{DiscreteAncestral{Levels: c}, Ancestral{}, Ancestral{Posterior: true}} {
			_, v := affine(t, d, m, ts[:k+1]).Push(0.3, 50*50)
			if math.Abs(math.Sqrt(v)/want-1) > 1e-9 {
				t.Errorf("%s, level %d: standard deviation %g, want %g", m.Info().Name, len(ts)-1-k, math.Sqrt(v), want)
			}
		}
		for _, m := range []Method{DiscreteAncestral{Levels: c, FixedLarge: true}, ReverseDiffusion{}} {
			if _, v := affine(t, d, m, ts[:k+1]).Push(0.3, 50*50); math.Abs(math.Sqrt(v)/want-1) < 1e-3 {
				t.Errorf("%s, level %d: keeps the variance as well", m.Info().Name, len(ts)-1-k)
			}
		}
	}
}

func TestRunOfAChain(t *testing.T) {
	c, err := sde.NewDDPM(sde.VP{}, 50)
	if err != nil {
		t.Fatal(err)
	}
	d := gauss1(t, 1, 0.25, sde.VP{})
	res, err := Run(context.Background(), d, DiscreteAncestral{Levels: c}, 3, &Options{Denoise: true})
	if err != nil || res.NFE != 50 || res.Times[0] <= 1 {
		t.Errorf("NFE %g, times from %g, %v", res.NFE, res.Times[0], err)
	}
	if _, err := Run(context.Background(), d, DiscreteAncestral{Levels: c}, 3, &Options{Steps: 10}); err == nil {
		t.Error("Steps are accepted")
	}
	if err := (DiscreteAncestral{Levels: c}).New(d, 1).Step(mat.NewDense(1, 1, nil), 1, 0.5, nil); err == nil {
		t.Error("times that are no levels are accepted")
	}
}

// Reverse diffusion, ancestral sampling and Euler-Maruyama agree to the order
// of β² in one step: halving the step divides their difference by four.
func TestPredictorsAgreeToSecondOrder(t *testing.T) {
	d := gauss1(t, 1, 0.25, sde.VP{})
	gap := func(a, b Method, h float64) float64 {
		x, y := affine(t, d, a, []float64{0.4, 0.4 - h}), affine(t, d, b, []float64{0.4, 0.4 - h})
		return math.Abs(x.Gain + x.Offset - y.Gain - y.Offset)
	}
	for _, p := range [][2]Method{{ReverseDiffusion{}, Ancestral{}}, {ReverseDiffusion{}, EulerMaruyama{}}, {Ancestral{}, EulerMaruyama{}}} {
		if r := gap(p[0], p[1], 2e-3) / gap(p[0], p[1], 1e-3); math.Abs(r-4) > 0.1 {
			t.Errorf("%s and %s: ratio %.3g, want 4", p[0].Info().Name, p[1].Info().Name, r)
		}
	}
}

// What is the same scheme under two names.
func TestEquivalences(t *testing.T) {
	ts := LogSNRGrid{}.Times(sde.VP{}, 1, 1e-3, 12)
	one := func(float64) float64 { return 1 }
	zero := func(float64) float64 { return 0 }
	for _, c := range []struct {
		a, b Method
		ts   []float64
	}{
		{DDIM{Eta: 1}, Ancestral{Posterior: true}, ts},
		{DDIM{Eta: 1}, DDIM{EtaFunc: one}, ts},
		{DDIM{Eta: 1}, DPMpp2MSDE{}, ts[3:5]}, // one step has no history
		{DDIM{}, DPMpp2M{}, ts[3:5]},
		{DDIM{}, UniPC2{}, ts[3:5]},
		{DPMpp2M{}, DPMpp2MSDE{EtaFunc: zero}, ts},
		{ProbabilityFlow{}, EulerMaruyama{EtaFunc: zero}, ts},
		{DDIM{Eta: 0.3}, Ancestral{Posterior: true, EtaFunc: func(float64) float64 { return 0.3 }}, ts},
		{PredictorCorrector{Corrector: Langevin{SNR: 0.22, Steps: 3}}, AnnealedLangevin{Steps: 3}, ts},
	} {
		from := mat.NewDense(4, 2, []float64{0.1, 1, -0.4, 0.3, -1, 0, 2, 1})
		a, b := draw(t, c.a, 4, Options{From: from, Times: c.ts, Seed: 2}), draw(t, c.b, 4, Options{From: from, Times: c.ts, Seed: 2})
		if !mat.EqualApprox(a, b, 1e-12) {
			t.Errorf("%s and %s differ by %g", c.a.Info().Name, c.b.Info().Name, maxDiff(a, b))
		}
	}
	a := draw(t, DDIM{}, 4, Options{Times: ts})
	if b := draw(t, ProbabilityFlow{}, 4, Options{Times: ts}); mat.EqualApprox(a, b, 1e-3) {
		t.Error("DDIM equals Euler in t: the comparison is blind")
	}
}

// A corrector mends what few steps of a predictor get wrong.
func TestCorrectorHelps(t *testing.T) {
	g := oracle.Gaussian{M: 1, V: 0.25}
	d := gauss1(t, g.M, g.V, sde.VP{})
	at := func(m Method, n int) float64 {
		ts := oracle.UniformTimes(n, 1e-3)
		return g.Error(affine(t, d, m, ts), ts)
	}
	plain := at(ReverseDiffusion{}, 20)
	pc := at(PredictorCorrector{Predictor: ReverseDiffusion{}, Corrector: Langevin{SNR: 0.2}}, 20)
	only := at(PredictorCorrector{Corrector: Langevin{SNR: 0.2}}, 40)
	if !(pc < plain && plain < only) {
		t.Errorf("errors: predictor %g, predictor and corrector %g, corrector alone, at equal NFE, %g", plain, pc, only)
	}
}

// A last step to σ = 0 is the posterior mean for the exponential integrators,
// finite for all, or refused by name.
func TestStepToZeroNoise(t *testing.T) {
	d := bimodal(t, sde.VP{})
	ts := []float64{1, 0.3, 0.05, 0}
	for _, m := range conforming {
		if _, own := m.(FixedTimes); own {
			continue
		}
		a, err := Run(context.Background(), d, m, 4, &Options{Times: ts})
		if err != nil {
			if !strings.Contains(err.Error(), "step 3 of 3") || !strings.Contains(err.Error(), "sigma = 0") {
				t.Errorf("%s: %v", m.Info().Name, err)
			}
			continue
		}
		switch m.(type) {
		case DDIM, DPMpp2M, DPMpp2S, DPMpp2MSDE, UniPC2, Heun:
		default:
			continue
		}
		b, err := Run(context.Background(), d, m, 4, &Options{Times: ts[:3], Denoise: true})
		if err != nil {
			t.Fatal(err)
		}
		// UniPC-2 corrects the state before; churn raises the noise before.
		if h, ok := m.(Heun); m != (UniPC2{}) && !(ok && h.Churn > 0) && !mat.EqualApprox(a.X, b.X, 1e-12) {
			t.Errorf("%s: the last step is not to the posterior mean", m.Info().Name)
		}
	}
}
