package sample

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// conforming is every method of the package, in its variants: what the doc
// promises of methods is tested on each.
var conforming = []Method{
	EulerMaruyama{}, EulerMaruyama{EtaFunc: func(t float64) float64 { return t }},
	DDIM{}, DDIM{Eta: 0.5}, DDIM{Eta: 1}, DDIM{EtaFunc: func(t float64) float64 { return t }},
	DPMpp2M{}, Heun{}, Heun{Churn: 2, SMax: 50},
	ReverseDiffusion{}, ReverseDiffusion{EtaFunc: func(t float64) float64 { return t }},
	Ancestral{}, Ancestral{Posterior: true}, ProbabilityFlow{},
	DPMpp2MSDE{}, DPMpp2MSDE{Eta: 0.5}, StochasticHeun{}, ShARK{}, DPMpp2S{}, UniPC2{}, RK4{}, DormandPrince{},
	AdaptiveSDE{}, AnnealedLangevin{Steps: 5},
	PredictorCorrector{}, PredictorCorrector{Predictor: ReverseDiffusion{}, Corrector: Langevin{Steps: 2}},
	PredictorCorrector{Predictor: DPMpp2M{}}, PredictorCorrector{Predictor: AdaptiveSDE{}},
	PredictorCorrector{Predictor: DDIM{Eta: 1}, Corrector: BatchMeanLangevin{}},
	Recurrence{Inner: DDIM{Eta: 1}}, Recurrence{Inner: DPMpp2M{}, Times: 2},
	DiscreteAncestral{Levels: chain(30)}, DiscreteAncestral{Levels: chain(30), FixedLarge: true},
}

func chain(n int) sde.Chain {
	c, err := sde.NewDDPM(sde.VP{}, n)
	if err != nil {
		panic(err)
	}
	return c
}

// fit removes from o what a method with times of its own refuses.
func fit(m Method, o Options) Options {
	if _, ok := m.(FixedTimes); ok {
		o.Steps, o.NFE, o.Grid, o.End, o.Times = 0, 0, nil, 0, nil
	}
	return o
}

// timesFor are some times of a trajectory of m.
func timesFor(m Method, steps int) []float64 {
	if own, ok := m.(FixedTimes); ok {
		return own.Times()
	}
	return LogSNRGrid{}.Times(sde.VP{}, 1, 1e-3, steps)
}

// bimodal is a law on the plane that no method treats as affine.
func bimodal(tb testing.TB, s sde.Schedule) sde.Law {
	tb.Helper()
	m, err := sde.NewMixture([]float64{0.6, 0.4}, []*sde.Gaussian{
		gauss2(tb, -1, 0.5, 0.3, s), gauss2(tb, 1.2, -0.4, 0.2, s),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func gauss2(tb testing.TB, a, b, v float64, s sde.Schedule) *sde.Gaussian {
	tb.Helper()
	g, err := sde.NewGaussian([]float64{a, b}, mat.NewSymDense(2, []float64{v, 0.1, 0.1, v}), s)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// A check of the conformance test returns what is wrong with a method, or "".
type check func(tb testing.TB, m Method) string

var checks = []struct {
	name string
	f    check
}{
	{"info", checkInfo},
	{"rows independent", checkRows},
	{"workers, blocks, shards", checkSplit},
	{"reproducible", checkSeed},
	{"NFE", checkNFE},
	{"restart", checkRestart},
	{"gather", checkGather},
	{"moments", checkMoments},
	{"cancel", checkCancel},
	{"non-finite", checkNonFinite},
	{"denoiser error", checkError},
	{"allocations", checkAllocs},
	{"order", checkOrder},
}

func TestConformance(t *testing.T) {
	for _, m := range conforming {
		for _, c := range checks {
			if diff := c.f(t, m); diff != "" {
				t.Errorf("%s (%+v): %s: %s", m.Info().Name, m, c.name, diff)
			}
		}
	}
}

// Each check fails on a method with the error it looks for.
func TestConformanceFindsPlantedErrors(t *testing.T) {
	for name, m := range map[string]Method{
		"info":                    planted{DDIM{}, func(in *Info) { in.Source = "" }, nil},
		"rows independent":        planted{DDIM{}, nil, coupled},
		"workers, blocks, shards": planted{DDIM{}, nil, coupled},
		"reproducible":            planted{DDIM{}, nil, forgetful()},
		"NFE":                     planted{DDIM{}, func(in *Info) { in.EvalsPerStep = 2 }, nil},
		"restart":                 planted{DDIM{}, nil, forgetful()},
		"gather":                  planted{DPMpp2M{}, nil, nil}, // hides the Gatherer
		"non-finite":              planted{DDIM{}, nil, mended},
		"allocations":             planted{DDIM{}, nil, wasteful},
		"order":                   planted{DDIM{}, func(in *Info) { in.Order = 2 }, nil},
	} {
		i := slices.IndexFunc(checks, func(c struct {
			name string
			f    check
		}) bool {
			return c.name == name
		})
		if checks[i].f(t, m) == "" {
			t.Errorf("the check of %q passes a planted error", name)
		}
	}
}

// planted is a method with its declaration or its steps spoilt.
type planted struct {
	Method
	info func(*Info)
	step func(Stepper, *mat.Dense, float64, float64, sde.Noise) error
}

type plantedStepper struct {
	Stepper
	p planted
}

func (p planted) Info() Info {
	in := p.Method.Info()
	if p.info != nil {
		p.info(&in)
	}
	return in
}

func (p planted) New(d sde.Denoiser, n int) Stepper { return plantedStepper{p.Method.New(d, n), p} }

func (s plantedStepper) Step(x *mat.Dense, t, u float64, z sde.Noise) error {
	if s.p.step == nil {
		return s.Stepper.Step(x, t, u, z)
	}
	return s.p.step(s.Stepper, x, t, u, z)
}

// coupled scales all rows by a norm of the batch.
func coupled(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
	err := st.Step(x, t, s, z)
	x.Scale(1+1e-9*mat.Norm(x, 2), x)
	return err
}

// forgetful returns a step that depends on how often it was called.
func forgetful() func(Stepper, *mat.Dense, float64, float64, sde.Noise) error {
	calls := 0.0
	return func(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
		err := st.Step(x, t, s, z)
		calls++
		x.Scale(1+1e-12*calls, x)
		return err
	}
}

// mended hides what is not finite.
func mended(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
	err := st.Step(x, t, s, z)
	if numeric.NonFinite(x) >= 0 {
		x.Zero()
	}
	return err
}

var sinkhole []byte

// wasteful allocates.
func wasteful(st Stepper, x *mat.Dense, t, s float64, z sde.Noise) error {
	sinkhole = make([]byte, 4096)
	return st.Step(x, t, s, z)
}
