package sample

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// gauss1 returns the law N(m, v) on the line.
func gauss1(tb testing.TB, m, v float64, s sde.Schedule) *sde.Gaussian {
	tb.Helper()
	g, err := sde.NewGaussian([]float64{m}, mat.NewSymDense(1, []float64{v}), s)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// impulse is a noise of which row 2+k is 1 in draw k of a run and 0 in all
// others: what a sampler does to it is its linear response.
type impulse struct{ draws int }

func (z *impulse) Normal(dst *mat.Dense, _, _ float64, _ int) {
	dst.Zero()
	if n, _ := dst.Dims(); 2+z.draws < n {
		dst.Set(2+z.draws, 0, 1)
	}
	z.draws++
}

// affine returns the map of m over the times ts for one-dimensional data of
// which every step of m is affine, from 2 + draws trajectories.
func affine(tb testing.TB, d sde.Denoiser, m Method, ts []float64) oracle.Affine {
	tb.Helper()
	run := func(rows int) (*mat.Dense, int) {
		x, z := mat.NewDense(rows, 1, nil), &impulse{}
		x.Set(1, 0, 1)
		st := m.New(d, rows)
		for k := range len(ts) - 1 {
			if err := st.Step(x, ts[k], ts[k+1], z); err != nil {
				tb.Fatalf("%s: %v", m.Info().Name, err)
			}
		}
		return x, z.draws
	}
	_, draws := run(2)
	x, _ := run(2 + draws)
	a := oracle.Affine{Offset: x.At(0, 0), Gain: x.At(1, 0) - x.At(0, 0)}
	for k := range draws {
		c := x.At(2+k, 0) - a.Offset
		a.Var += c * c
	}
	return a
}

// The oracle's recursions, by the methods that they check.
var recursions = []struct {
	m    Method
	want oracle.Sampler
	twin oracle.Sampler // with a planted error
}{
	{EulerMaruyama{}, oracle.EulerMaruyama(1), oracle.EulerMaruyama(0.99)},
	{EulerMaruyama{EtaFunc: func(float64) float64 { return 0.5 }}, oracle.EulerMaruyama(0.5), oracle.EulerMaruyama(1)},
	{EulerMaruyama{EtaFunc: func(float64) float64 { return 0 }}, oracle.EulerMaruyama(0), oracle.EulerMaruyama(1)},
	{DDIM{}, oracle.DDIM(0), oracle.DDIM(0.1)},
	{DDIM{Eta: 1}, oracle.DDIM(1), oracle.DDIM(0.99)},
	{DDIM{Eta: 0.5}, oracle.DDIM(0.5), oracle.DDIMLinear(0.5)},
	{DDIM{EtaFunc: func(float64) float64 { return 0.5 }}, oracle.DDIM(0.5), oracle.DDIMLinear(0.5)},
	{DPMpp2M{}, oracle.DPMpp2M(0.5), oracle.DPMpp2M(0.49)},
	{Heun{}, oracle.HeunEDM(0.5), oracle.HeunEDM(0.49)},
	{ReverseDiffusion{}, oracle.ReverseDiffusion(1), oracle.ReverseDiffusion(0.99)},
	{Ancestral{}, oracle.Ancestral(1), oracle.Ancestral(0.99)},
	{Ancestral{Posterior: true}, oracle.DDIM(1), oracle.Ancestral(1)},
	{ProbabilityFlow{}, oracle.EulerMaruyama(0), oracle.DDIM(0)},
	{DPMpp2MSDE{}, oracle.DPMpp2MSDE(1), oracle.DPMpp2MSDE(0.99)},
	{DPMpp2MSDE{Eta: 0.5}, oracle.DPMpp2MSDE(0.5), oracle.DPMpp2MSDE(0.49)},
	{DPMpp2MSDE{EtaFunc: func(float64) float64 { return 0 }}, oracle.DPMpp2M(0.5), oracle.DPMpp2M(0.49)},
	{StochasticHeun{}, oracle.StochasticHeun(0.5), oracle.StochasticHeun(0.49)},
	{ShARK{}, oracle.ShARK(5. / 6), oracle.ShARK(0.8)},
	{DPMpp2S{}, oracle.DPMpp2S(0.5), oracle.DPMpp2S(0.45)},
	{UniPC2{}, oracle.UniPC2(true), oracle.UniPC2(false)},
	{RK4{}, oracle.RK4(2), oracle.RK4(1.9)},
	{PredictorCorrector{Predictor: EulerMaruyama{}, Corrector: Langevin{SNR: 0.3, Steps: 2}},
		oracle.Corrected(oracle.EulerMaruyama(1), 0.3, 2), oracle.Corrected(oracle.EulerMaruyama(1), 0.29, 2)},
	{PredictorCorrector{Predictor: DDIM{}}, oracle.Corrected(oracle.DDIM(0), 0.16, 1), oracle.DDIM(0)},
	{Recurrence{Inner: DDIM{Eta: 1}, Times: 2}, oracle.Recurrent(oracle.DDIM(1), 2), oracle.Recurrent(oracle.DDIM(1), 1)},
}

// compareAffine reports how got differs from want, or "".
func compareAffine(got, want oracle.Affine) string {
	const tol = 1e-6
	for _, c := range []struct {
		name string
		a, b float64
	}{{"offset", got.Offset, want.Offset}, {"gain", got.Gain, want.Gain}, {"variance", got.Var, want.Var}} {
		if !(math.Abs(c.a-c.b) <= tol*math.Max(1, math.Abs(c.b))) {
			return fmt.Sprintf("%s %.9g, want %.9g", c.name, c.a, c.b)
		}
	}
	return ""
}

func TestAffineMapsEqualTheOracle(t *testing.T) {
	const eps = 1e-3
	for _, c := range recursions {
		for _, g := range []oracle.Gaussian{{M: 1, V: 0.25}, {M: -0.3, V: 2}, {M: 5, V: 1e-4}} {
			d := gauss1(t, g.M, g.V, sde.VP{})
			for _, ts := range [][]float64{oracle.UniformTimes(40, eps), oracle.LogSNRTimes(40, eps), oracle.KarrasTimes(33, eps)} {
				got := affine(t, d, c.m, ts)
				if diff := compareAffine(got, c.want.Affine(g, ts)); diff != "" {
					t.Errorf("%s, data %+v: %s", c.m.Info().Name, g, diff)
				}
				if diff := compareAffine(got, c.twin.Affine(g, ts)); diff == "" && g.V > 0.1 {
					t.Errorf("%s, data %+v: equals the planted error", c.m.Info().Name, g)
				}
			}
		}
	}
}

// The Wasserstein error to p_eps of data N(1, .5²) under VP, eps = 1e-3, from
// the exact p_1, at NFE 10, 20, 40, 80, 160, 320. Computed once by an
// independent program, as printed.
var nfeTable = []struct {
	name string
	m    Method
	grid Grid
	want [6]string
}{
	{"EM", EulerMaruyama{}, UniformGrid{}, [6]string{"9.32e-02", "3.82e-02", "1.80e-02", "8.83e-03", "4.37e-03", "2.18e-03"}},
	{"EM", EulerMaruyama{}, LogSNRGrid{}, [6]string{"1.41e-01", "5.86e-02", "2.73e-02", "1.32e-02", "6.49e-03", "3.22e-03"}},
	{"EM", EulerMaruyama{}, KarrasGrid{}, [6]string{"1.92e-01", "7.02e-02", "3.20e-02", "1.54e-02", "7.53e-03", "3.73e-03"}},
	{"DDPM posterior", DDIM{Eta: 1}, LogSNRGrid{}, [6]string{"1.66e-01", "9.90e-02", "5.43e-02", "2.85e-02", "1.46e-02", "7.39e-03"}},
	{"DDIM", DDIM{}, LogSNRGrid{}, [6]string{"1.06e-01", "5.64e-02", "2.91e-02", "1.47e-02", "7.43e-03", "3.73e-03"}},
	{"DPM++2M", DPMpp2M{}, LogSNRGrid{}, [6]string{"1.64e-02", "6.51e-03", "1.75e-03", "4.45e-04", "1.12e-04", "2.79e-05"}},
	{"DPM++2M", DPMpp2M{}, KarrasGrid{}, [6]string{"5.19e-02", "2.27e-02", "5.38e-03", "1.27e-03", "3.09e-04", "7.62e-05"}},
	{"DPM++2M", DPMpp2M{}, UniformGrid{}, [6]string{"1.87e-01", "1.12e-01", "3.96e-02", "1.07e-02", "2.65e-03", "6.44e-04"}},
	{"Heun EDM", Heun{}, UniformGrid{}, [6]string{"1.51e-01", "3.51e-02", "8.89e-03", "2.25e-03", "5.67e-04", "1.42e-04"}},
	{"Heun EDM", Heun{}, LogSNRGrid{}, [6]string{"4.18e-01", "7.47e-02", "1.63e-02", "3.82e-03", "9.25e-04", "2.28e-04"}},
	{"reverse diffusion", ReverseDiffusion{}, UniformGrid{}, [6]string{"1.42e-01", "5.46e-02", "2.57e-02", "1.26e-02", "6.22e-03", "3.10e-03"}},
	{"reverse diffusion", ReverseDiffusion{}, LogSNRGrid{}, [6]string{"3.83e-01", "1.08e-01", "3.96e-02", "1.87e-02", "9.13e-03", "4.51e-03"}},
	{"ancestral", Ancestral{}, UniformGrid{}, [6]string{"1.36e+02", "7.18e-02", "3.52e-02", "1.75e-02", "8.69e-03", "4.34e-03"}},
	{"ancestral", Ancestral{}, LogSNRGrid{}, [6]string{"1.01e+06", "1.18e-01", "4.93e-02", "2.29e-02", "1.11e-02", "5.46e-03"}},
	{"DPM++2M SDE", DPMpp2MSDE{}, LogSNRGrid{}, [6]string{"1.86e-02", "1.53e-02", "4.57e-03", "1.18e-03", "2.97e-04", "7.44e-05"}},
	{"DPM++2M SDE", DPMpp2MSDE{}, UniformGrid{}, [6]string{"3.32e-01", "2.49e-01", "1.17e-01", "3.79e-02", "1.02e-02", "2.58e-03"}},
	{"stochastic Heun", StochasticHeun{}, UniformGrid{}, [6]string{"3.30e-02", "2.25e-02", "6.43e-03", "1.61e-03", "4.00e-04", "9.95e-05"}},
	{"stochastic Heun", StochasticHeun{}, LogSNRGrid{}, [6]string{"2.29e-01", "5.51e-02", "1.15e-02", "2.51e-03", "5.82e-04", "1.40e-04"}},
	{"ShARK", ShARK{}, UniformGrid{}, [6]string{"1.02e-01", "2.89e-02", "7.00e-03", "1.67e-03", "4.06e-04", "1.00e-04"}},
	{"ShARK", ShARK{}, LogSNRGrid{}, [6]string{"3.40e-01", "6.15e-02", "1.19e-02", "2.50e-03", "5.73e-04", "1.37e-04"}},
	{"PF Euler", ProbabilityFlow{}, UniformGrid{}, [6]string{"3.11e-02", "1.74e-02", "9.21e-03", "4.75e-03", "2.41e-03", "1.21e-03"}},
	{"PF Euler", ProbabilityFlow{}, LogSNRGrid{}, [6]string{"5.92e-02", "2.43e-02", "1.09e-02", "5.17e-03", "2.51e-03", "1.24e-03"}},
	{"UniPC-2", UniPC2{}, LogSNRGrid{}, [6]string{"2.21e-02", "4.06e-03", "5.57e-04", "7.11e-05", "8.94e-06", "1.12e-06"}},
	{"UniPC-2", UniPC2{}, KarrasGrid{}, [6]string{"6.68e-02", "1.71e-02", "2.03e-03", "2.47e-04", "3.04e-05", "3.78e-06"}},
	{"UniPC-2", UniPC2{}, UniformGrid{}, [6]string{"1.99e-01", "1.13e-01", "3.62e-02", "8.56e-03", "1.79e-03", "3.53e-04"}},
	{"DPM++2S", DPMpp2S{}, LogSNRGrid{}, [6]string{"7.47e-02", "2.34e-02", "6.53e-03", "1.72e-03", "4.39e-04", "1.11e-04"}},
	{"DPM++2S", DPMpp2S{}, KarrasGrid{}, [6]string{"9.73e-02", "3.44e-02", "1.00e-02", "2.67e-03", "6.86e-04", "1.74e-04"}},
	{"RK4", RK4{}, LogSNRGrid{}, [6]string{"4.24e+02", "1.73e+00", "3.49e-02", "1.48e-03", "7.70e-05", "4.39e-06"}},
	{"RK4", RK4{}, KarrasGrid{}, [6]string{"3.59e+01", "1.18e-01", "1.19e-02", "6.04e-04", "3.40e-05", "2.01e-06"}},
}

func TestErrorAgainstNFE(t *testing.T) {
	const eps = 1e-3
	g := oracle.Gaussian{M: 1, V: 0.25}
	d := gauss1(t, g.M, g.V, sde.VP{})
	for _, row := range nfeTable {
		for i, nfe := range []int{10, 20, 40, 80, 160, 320} {
			o := Options{NFE: nfe, Grid: row.grid, End: eps}
			ts, err := o.times(d.Schedule(), row.m)
			if err != nil {
				t.Fatal(err)
			}
			w := g.Error(affine(t, d, row.m, ts), ts)
			if got := fmt.Sprintf("%.2e", w); got != row.want[i] {
				t.Errorf("%s, %T, NFE %d: error %s, want %s", row.name, row.grid, nfe, got, row.want[i])
			}
		}
	}
}

// Data at one point c have the posterior mean c everywhere: exponential
// integrators are exact in a single step.
func TestPointMassInOneStep(t *testing.T) {
	const c, eps = 0.7, 1e-3
	for _, sched := range []sde.Schedule{sde.VP{}, sde.SubVP{}, sde.VE{}, sde.Cosine{}, sde.Rectified{}} {
		d := gauss1(t, c, 0, sched)
		for _, m := range []Method{
			DDIM{}, DDIM{Eta: 0.5}, DDIM{Eta: 1}, DPMpp2M{}, DPMpp2MSDE{}, DPMpp2MSDE{Eta: 0.3}, DPMpp2S{}, UniPC2{},
			Ancestral{Posterior: true},
		} {
			a := affine(t, d, m, []float64{1, eps})
			c1, ce := sched.Coeff(1), sched.Coeff(eps)
			mean, v := a.Push(c1.Alpha*c, c1.Sigma*c1.Sigma)
			if math.Abs(mean-ce.Alpha*c) > 1e-12 || math.Abs(math.Sqrt(v)-ce.Sigma) > 1e-12 {
				t.Errorf("%s, %T: N(%g, %g²), want N(%g, %g²)", m.Info().Name, sched, mean, math.Sqrt(v), ce.Alpha*c, ce.Sigma)
			}
		}
		// Euler's rule is not.
		a := affine(t, d, EulerMaruyama{}, []float64{1, eps})
		if _, v := a.Push(0, 1); math.Abs(math.Sqrt(v)-sched.Coeff(eps).Sigma) < 1e-3 {
			t.Errorf("%T: Euler-Maruyama passes the test", sched)
		}
	}
}
