package sbi

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// A trained model is right on further simulations of its simulator, and not on those of
// another: with more noise in the data its posteriors are too narrow, as the verdict says.
func TestCalibrate(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of training")
	}
	m := linearModel(t)
	s := linear(m.Prior(), 300, 11)
	stages := map[string]bool{}
	o := &CalibrateOptions{
		Draws: 49, Densities: 9, Draw: DrawOptions{NFE: 20}, Observations: s.X.Slice(0, 2, 0, m.Prior().Dim()).(*mat.Dense), Nulls: 4,
		Progress: func(stage string, done, of int) { stages[stage] = stages[stage] || done == of },
		Simulate: func(dst, theta *mat.Dense, seed uint64, first int) error {
			rng := stream.New(seed, "test/predictive")
			dst.Apply(func(_, _ int, v float64) float64 { return v + linearNoise*rng.NormFloat64() }, theta)
			return nil
		},
	}
	r, err := m.Calibrate(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Calibrated || len(r.Regions) != 2 || len(r.Local.Observations) != 2 || len(r.Local.Predictive) != 2 || r.Local.Novelty.P[0] < 0.01 {
		t.Errorf("%v", r.Findings())
	}
	for k, p := range r.Local.Predictive { // each of its own observation
		if p.Distance < 0.01 || r.Local.Predictive[0].Ranks[0] == r.Local.Predictive[1].Ranks[0] {
			t.Errorf("predictive check %d: %+v", k, p)
		}
	}
	for _, stage := range []string{"draws", "densities", "classifiers"} {
		if !stages[stage] {
			t.Errorf("stage %s does not end: %v", stage, stages)
		}
	}
	want := 1 / (1 + linearNoise*linearNoise)
	for _, p := range r.Parameters {
		if math.Abs(p.Contraction-want) > 0.1 {
			t.Errorf("%s: contraction %.2f, want %.2f", p.Name, p.Contraction, want)
		}
	}
	rng := stream.New(1, "test/more")
	s.X.Apply(func(_, _ int, v float64) float64 { return v + 0.5*rng.NormFloat64() }, s.X)
	r, err = m.Calibrate(context.Background(), s, &CalibrateOptions{Draws: 49, Densities: -1, Draw: DrawOptions{NFE: 20}})
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Verdict(); r.Calibrated || !strings.Contains(v, "is too narrow by a factor of 1.") || len(r.Regions) != 1 {
		t.Error(v)
	}
}

func TestCalibrateRefuses(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of training")
	}
	m := linearModel(t)
	s := linear(m.Prior(), 60, 11)
	ctx := context.Background()
	odd := *s
	odd.X = mat.DenseCopyOf(s.X)
	odd.X.Set(7, 0, math.NaN())
	named := *s
	named.ThetaNames = []string{"other"}
	for want, f := range map[string]func() error{
		"no simulations": func() error { _, err := m.Calibrate(ctx, nil, nil); return err },
		"data of 1 of 60": func() error {
			_, err := m.Calibrate(ctx, &odd, nil)
			return err
		},
		"columns of parameters (other)": func() error { _, err := m.Calibrate(ctx, &named, nil); return err },
		"needs observations": func() error {
			_, err := m.Calibrate(ctx, s, &CalibrateOptions{Simulate: func(_, _ *mat.Dense, _ uint64, _ int) error { return nil }})
			return err
		},
		"First and Progress": func() error {
			_, err := m.Calibrate(ctx, s, &CalibrateOptions{Draw: DrawOptions{First: 3}})
			return err
		},
		"an observation of 1 numbers": func() error {
			_, err := m.Calibrate(ctx, s, &CalibrateOptions{Observations: mat.NewDense(1, 1, nil)})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	r, err := m.Calibrate(ctx, &odd, &CalibrateOptions{DropNaN: true, Draws: 9, Densities: -1, Draw: DrawOptions{NFE: 4}})
	if err != nil || r.Simulations != 59 {
		t.Errorf("%+v, %v", r, err)
	}
}
