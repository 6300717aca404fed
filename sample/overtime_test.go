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

// Whole runs with scales that are functions of time equal the recursions of the oracle on
// Gaussian data, and not those of the functions in reverse.
func TestRunsOverTimeEqualTheOracle(t *testing.T) {
	eta := oracle.Over(func(t float64) float64 { return 0.2 + 0.7*t*t })
	zeta := oracle.Over(func(t float64) float64 { return 0.1 + 0.8*t })
	lambda := oracle.Over(func(t float64) float64 { return 4 - 3*t })
	const y, r = 1.5, 0.25
	measured := func(d sde.Denoiser) sde.Denoiser {
		return withMeasured(t, d, LinearCondition{A: identity{}, Y: mat.NewDense(1, 1, []float64{y}), SD: math.Sqrt(r)})
	}
	far := func(d sde.Denoiser) sde.Denoiser { // y beyond every D, where the norm is linear
		return withMeasured(t, d, LinearCondition{A: identity{}, Y: mat.NewDense(1, 1, []float64{1e3}), SD: 1})
	}
	for name, c := range map[string]struct {
		m    Method
		on   func(sde.Denoiser) sde.Denoiser
		want func(back bool) oracle.Sampler
	}{
		"DDIM":      {DDIM{EtaFunc: eta}, nil, of(oracle.DDIMOver, eta)},
		"posterior": {Ancestral{Posterior: true, EtaFunc: eta}, nil, of(oracle.DDIMOver, eta)},
		"ancestral": {Ancestral{EtaFunc: eta}, nil, of(oracle.AncestralOver, eta)},
		"reverse":   {ReverseDiffusion{EtaFunc: eta}, nil, of(oracle.ReverseDiffusionOver, eta)},
		"Euler":     {EulerMaruyama{EtaFunc: eta}, nil, of(oracle.EulerMaruyamaOver, eta)},
		"2M SDE":    {DPMpp2MSDE{EtaFunc: eta}, nil, of(oracle.DPMpp2MSDEOver, eta)},
		"Heun":      {StochasticHeun{EtaFunc: eta}, nil, of(oracle.StochasticHeunOver, eta)},
		"ShARK":     {ShARK{EtaFunc: eta}, nil, of(oracle.ShARKOver, eta)},
		"Langevin": {AnnealedLangevin{SNR: 0.3, Steps: 3, EtaFunc: eta}, nil, of(func(e oracle.Over) oracle.Sampler {
			return oracle.LangevinOver(e, 0.3, 3)
		}, eta)},
		"DiffPIR, ζ": {DiffPIR{Lambda: 2, ZetaFunc: zeta}, measured, of(func(z oracle.Over) oracle.Sampler {
			return oracle.DiffPIROver(func(float64) float64 { return 2 }, z, y, r)
		}, zeta)},
		"DiffPIR, λ": {DiffPIR{LambdaFunc: lambda, ZetaFunc: func(float64) float64 { return 0.5 }}, measured, of(func(l oracle.Over) oracle.Sampler {
			return oracle.DiffPIROver(l, func(float64) float64 { return 0.5 }, y, r)
		}, lambda)},
		"DDNM": {DDNM{EtaFunc: zeta}, func(d sde.Denoiser) sde.Denoiser { // an error beyond the noise, where η tells
			return withMeasured(t, d, LinearCondition{A: identity{}, Y: mat.NewDense(1, 1, []float64{y}), SD: 3})
		}, of(func(e oracle.Over) oracle.Sampler { return oracle.DDNMOver(e, y, 9) }, zeta)},
		"DPS, per step": {DPSStep{ZetaFunc: zeta}, far, of(func(z oracle.Over) oracle.Sampler { return oracle.DPSStepOver(z, 1e3) }, zeta)},
	} {
		for _, g := range []oracle.Gaussian{{M: 0.5, V: 0.3}, {M: -1, V: 2}} {
			var d sde.Denoiser = gauss1(t, g.M, g.V, sde.VP{})
			if c.on != nil {
				d = c.on(d)
			}
			ts := oracle.UniformTimes(60, 1e-2)
			got := affine(t, d, c.m, ts)
			if diff := compareAffine(got, c.want(false).Affine(g, ts)); diff != "" {
				t.Errorf("%s on %+v: %s", name, g, diff)
			}
			if compareAffine(got, c.want(true).Affine(g, ts)) == "" {
				t.Errorf("%s on %+v: time in reverse passes", name, g)
			}
		}
	}
}

// of is a sampler of the oracle over f, or over f reversed.
func of(sampler func(oracle.Over) oracle.Sampler, f oracle.Over) func(back bool) oracle.Sampler {
	return func(back bool) oracle.Sampler {
		if back {
			return sampler(f.Reversed())
		}
		return sampler(f)
	}
}

// A scale that is negative or not finite at a time of the run ends it, before a row is
// finished, and the error has the time and the value.
func TestScalesOutOfRangeAreRefused(t *testing.T) {
	low := func(t float64) float64 { return t - 0.5 }
	high := func(t float64) float64 { return 0.05 / math.Max(0, t-0.5) }
	plain := gauss1(t, 0, 1, sde.VP{})
	line := measuredLine(t, 1, sde.VP{})
	for _, c := range []struct {
		m    Method
		d    sde.Denoiser
		want string
	}{
		{DDIM{EtaFunc: low}, plain, "eta is -0.1 at t = 0.4"},
		{DDIM{EtaFunc: high}, plain, "eta is +Inf at t = 0.5"},
		{DDIM{EtaFunc: func(float64) float64 { return math.NaN() }}, plain, "eta is NaN at t = 1"},
		{ShARK{EtaFunc: low}, plain, "eta is -0.0833333 at t = 0.4167"},
		{AnnealedLangevin{EtaFunc: low}, plain, "eta is -0.1 at t = 0.4"},
		{DiffPIR{ZetaFunc: low}, line, "zeta is -0.1 at t = 0.4"},
		{DiffPIR{ZetaFunc: func(t float64) float64 { return 1.4 - t }}, line, "zeta is 1.1 at t = 0.3"},
		{DiffPIR{LambdaFunc: low}, line, "lambda is 0 at t = 0.5"},
		{DiffPIR{LambdaFunc: high}, line, "lambda is +Inf at t = 0.5"},
		{DDNM{EtaFunc: low}, line, "eta is -0.1 at t = 0.4"},
		{DDNM{EtaFunc: func(t float64) float64 { return 1.4 - t }}, line, "eta is 1.1 at t = 0.3, and DDNM"},
		{DPSStep{ZetaFunc: low}, line, "zeta is -0.1 at t = 0.4"},
	} {
		rows := 0
		o := &Options{Times: []float64{1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1}, Sink: func(int, *mat.Dense) error { rows++; return nil }}
		_, err := Run(context.Background(), c.d, c.m, 3, o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.m.Info().Name, err, c.want)
		}
		if rows > 0 {
			t.Errorf("%s: rows are finished", c.m.Info().Name)
		}
	}
	for _, f := range []func(){
		func() { DiffPIR{Lambda: 1, LambdaFunc: low}.New(line, 1) },
		func() { DPSStep{Zeta: 1, ZetaFunc: low}.New(line, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("number and function: no panic")
				}
			}()
			f()
		}()
	}
}
