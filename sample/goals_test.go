package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// The accuracy per evaluation that the package promises.
func TestAccuracyGoals(t *testing.T) {
	g := oracle.Gaussian{M: 1, V: 0.25}
	d := gauss1(t, g.M, g.V, sde.VP{})
	gauss := func(m Method, nfe int) float64 {
		ts := oracle.LogSNRTimes(nfe/m.Info().EvalsPerStep, 1e-3)
		return g.Error(affine(t, d, m, ts), ts)
	}
	for _, c := range []struct {
		name      string
		got, goal float64
	}{
		{"DPM-Solver++(2M), 20 evaluations, Gaussian", gauss(DPMpp2M{}, 20), 6.6e-3},
		{"UniPC-2, 40 evaluations, Gaussian", gauss(UniPC2{}, 40), 6e-4},
		{"UniPC-2, 64 evaluations, mixture", mixtureError(t, UniPC2{}, LogSNRGrid{}, 64), 2.5e-3},
	} {
		if !(c.got <= c.goal) {
			t.Errorf("%s: error %.3g, want at most %g", c.name, c.got, c.goal)
		}
	}
	if gauss(DDIM{}, 20) <= 6.6e-3 {
		t.Error("DDIM meets the goal: the measure is blind")
	}
}

// flowError is the root mean square error of Dormand-Prince on the mixture at a
// tolerance, against the quantile map.
func flowError(tb testing.TB, tol, end float64) (rms, nfe float64) {
	tb.Helper()
	d, n := mixtureLaw(tb), 60
	from := mat.NewDense(n, 1, mixture1.Quantiles(n, 1))
	res, err := Run(context.Background(), d, DormandPrince{RTol: tol, ATol: tol}, n, &Options{From: from, End: end})
	if err != nil {
		tb.Fatal(err)
	}
	want := mixture1.Quantiles(n, end)
	for i := range want {
		want[i] /= d.Schedule().Coeff(end).Alpha
	}
	return oracle.RMS(res.X.RawMatrix().Data, want), res.NFE
}

func TestAdaptiveFlowFollowsTolerance(t *testing.T) {
	last := math.Inf(1)
	for _, tol := range []float64{1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8} {
		e, nfe := flowError(t, tol, 1e-3)
		// Between the modes the flow spreads errors some fiftyfold.
		if e > 100*tol || e > last/3 {
			t.Errorf("tolerance %g: error %.3g, NFE %.0f", tol, e, nfe)
		}
		last = e
	}
}

// Towards σ = 0 the flow stands still in λ: the last decades are nearly free.
func TestAdaptiveFlowDoesNotStall(t *testing.T) {
	_, short := flowError(t, 1e-5, 1e-5)
	e, long := flowError(t, 1e-5, 1e-13)
	if long > 1.5*short || e > 1e-3 {
		t.Errorf("NFE %.0f to t = 1e-13, %.0f to 1e-5; error %.3g", long, short, e)
	}
}

// On one Brownian path, a smaller tolerance comes nearer to the solution.
func TestAdaptiveSDEFollowsTolerance(t *testing.T) {
	last := math.Inf(1)
	for _, tol := range []float64{1, 0.1, 0.01, 0.001, 0.0003} {
		if testing.Short() && tol < 0.01 {
			break
		}
		e := strongError(t, AdaptiveSDE{RTol: tol, ATol: tol}, []float64{1, 0.01})
		if e > 20*tol || e > last/1.7 {
			t.Errorf("tolerance %g: strong error %.3g", tol, e)
		}
		last = e
	}
}

// Runs with the same seed and a Brownian path refine the same trajectories;
// with white noise they are other trajectories.
func TestBrownianRunsRefine(t *testing.T) {
	d := bimodal(t, sde.VP{})
	at := func(steps int, brownian bool) *mat.Dense {
		o := Options{Steps: steps, Grid: UniformGrid{}, End: 0.01, Seed: 8, Brownian: brownian}
		res, err := Run(context.Background(), d, ShARK{}, 50, &o)
		if err != nil {
			t.Fatal(err)
		}
		return res.X
	}
	if e := maxDiff(at(100, true), at(200, true)); e > 0.1 {
		t.Errorf("on one path: %g apart", e)
	}
	if e := maxDiff(at(100, false), at(200, false)); e < 0.5 {
		t.Errorf("with white noise: only %g apart", e)
	}
}

// On Gaussian data a temperature scales the standard deviation of a flow's end.
func TestTemperature(t *testing.T) {
	d := gauss1(t, 1, 0.25, sde.VP{})
	at := func(m Method, temp float64) *mat.Dense {
		res, err := Run(context.Background(), d, m, 40, &Options{Steps: 20, Temperature: temp, Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		return res.X
	}
	for _, m := range []Method{DPMpp2M{}, DDIM{Eta: 1}, AdaptiveSDE{}} {
		one, half, none := at(m, 1), at(m, 0.5), at(m, 1e-9)
		for i := range 40 {
			center := none.At(i, 0) // no noise: the mean of the method
			if m.Info().Name == "adaptive SDE" {
				if math.Abs(half.At(i, 0)-1) > 0.6*math.Abs(one.At(i, 0)-1)+0.1 {
					t.Errorf("%s, row %d: %g, %g at half the temperature", m.Info().Name, i, one.At(i, 0), half.At(i, 0))
				}
				continue
			}
			if a, b := one.At(i, 0)-center, half.At(i, 0)-center; math.Abs(b-a/2) > 1e-6 {
				t.Errorf("%s, row %d: deviation %g, %g at half the temperature", m.Info().Name, i, a, b)
			}
		}
	}
	if _, err := Run(context.Background(), d, DDIM{}, 1, &Options{Temperature: -1}); err == nil {
		t.Error("a negative temperature is accepted")
	}
}

func TestAdaptiveSDENeedsAPath(t *testing.T) {
	d := bimodal(t, sde.VP{})
	st := AdaptiveSDE{}.New(d, 1)
	if err := st.Step(mat.NewDense(1, 2, nil), 1, 0.5, sde.NewStreams(1, "x", 0)); err == nil {
		t.Error("white noise is accepted")
	}
	if _, err := Run(context.Background(), d, Recurrence{Inner: AdaptiveSDE{}}, 1, nil); err == nil {
		t.Error("a recurrence of path steps is accepted")
	}
}
