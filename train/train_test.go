package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// table returns n rows of N((1, -1), [[1, .8], [.8, 1]]) and the sign of the
// first coordinate as condition.
func table(name string, n int) Data {
	r := stream.New(5, "train/test/"+name)
	d := Data{mat.NewDense(n, 2, nil), mat.NewDense(n, 1, nil)}
	for i := range n {
		a, b := r.NormFloat64(), r.NormFloat64()
		d.X.SetRow(i, []float64{1 + a, -1 + .8*a + .6*b})
		if a > 0 {
			d.Cond.Set(i, 0, 1)
		}
	}
	return d
}

func newModel(t testing.TB, conditions bool) *nn.Model {
	t.Helper()
	c := nn.Config{Hidden: 24, Layers: 2, Mean: []float64{1, -1}, Variance: []float64{1, 1}, Seed: 1}
	if conditions {
		c.Conditions = []nn.Condition{{Name: "sign", Levels: 2}}
	}
	m, err := nn.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func config(steps int) Config {
	return Config{
		Steps: steps, Batch: 700, Every: 5, Draws: 300, Seed: 9,
		Objective: losses.Denoising{Sched: sde.VP{}}, Dropout: losses.ConditionDropout{Joint: 0.2}, UnitDropout: 0.1,
	}
}

func newTrainer(t testing.TB, cfg Config) *Trainer {
	t.Helper()
	tr, err := New(newModel(t, true), table("train", 900), table("held", 100), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func mustRun(t testing.TB, tr *Trainer) {
	t.Helper()
	if err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// same reports whether two runs are in the same state, bit for bit.
func same(a, b *Trainer) bool {
	for name, x := range a.arrays() {
		if !slices.Equal(x, b.arrays()[name]) {
			return false
		}
	}
	return a.step == b.step && a.last == b.last && a.best == b.best
}

func TestWorkersChangeNothing(t *testing.T) {
	cfg := config(12)
	cfg.Workers = 1
	one := newTrainer(t, cfg)
	mustRun(t, one)
	for _, w := range []int{2, 3, 8} {
		cfg.Workers = w
		tr := newTrainer(t, cfg)
		mustRun(t, tr)
		if !same(one, tr) {
			t.Errorf("%d workers give other bits than one", w)
		}
	}
	cfg.Seed++
	tr := newTrainer(t, cfg)
	mustRun(t, tr)
	if same(one, tr) {
		t.Error("another seed gives the same bits")
	}
}

// interrupt runs to step k of the run and stops there.
func interrupt(t *testing.T, cfg Config, k int) *Trainer {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(context.Background())
	tr := newTrainer(t, cfg)
	tr.cfg.Observe = func(e Report) error {
		if e.Step >= k {
			cancel(stop)
		}
		return nil
	}
	if err := tr.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted run: %v", err)
	}
	return tr
}

func TestResumeIsExact(t *testing.T) {
	cfg := config(20)
	cfg.Patience = 100
	whole := newTrainer(t, cfg)
	mustRun(t, whole)
	f, err := interrupt(t, cfg, 10).State()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state")
	if err := checkpoints.Save(path, f); err != nil {
		t.Fatal(err)
	}
	if f, err = checkpoints.Load(path); err != nil {
		t.Fatal(err)
	}
	resumed := newTrainer(t, cfg)
	if err := resumed.Restore(f); err != nil {
		t.Fatal(err)
	}
	if resumed.Step() != 10 {
		t.Fatalf("resumed at step %d", resumed.Step())
	}
	mustRun(t, resumed)
	if !same(whole, resumed) {
		t.Error("10 steps, save, load and 10 more differ from 20")
	}

	// The twin: a state without Adam's second moment does not resume.
	forgot := newTrainer(t, cfg)
	if err := forgot.Restore(f); err != nil {
		t.Fatal(err)
	}
	clear(forgot.v)
	mustRun(t, forgot)
	if same(whole, forgot) {
		t.Error("the comparison does not see a lost moment")
	}
}

func TestRestoreRefusesAnotherRun(t *testing.T) {
	cfg := config(20)
	f, err := interrupt(t, cfg, 5).State()
	if err != nil {
		t.Fatal(err)
	}
	other := cfg
	other.Rate.Peak = 1e-4
	if err := newTrainer(t, other).Restore(f); err == nil || !strings.Contains(err.Error(), "config") {
		t.Errorf("another rate: %v", err)
	}
	tr, err := New(newModel(t, true), table("other", 900), table("held", 100), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Restore(f); err == nil || !strings.Contains(err.Error(), "data") {
		t.Errorf("another table: %v", err)
	}
	if err := newTrainer(t, cfg).Restore(checkpoints.New("model")); !errors.Is(err, checkpoints.ErrKind) {
		t.Errorf("a model file: %v", err)
	}
}

// The denoiser of a correlated Gaussian is linear in x: training must find it.
func TestTrainingFindsTheGaussianDenoiser(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	cfg := Config{Steps: 1500, Batch: 512, Objective: losses.Denoising{Sched: sde.VP{}}, Seed: 2}
	tr, err := New(newModel(t, false), Data{X: table("many", 20000).X}, Data{X: table("held", 500).X}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	before := gap(t, tr.Model())
	mustRun(t, tr)
	after := gap(t, tr.Model())
	t.Logf("mean squared error against the exact denoiser: %.2e before, %.2e after", before, after)
	if after > 2e-3 || after > before/20 {
		t.Errorf("error %g against the exact denoiser (%g untrained)", after, before)
	}
	if e := tr.Last(); !e.Final || e.Validation <= 0 || e.Best > e.Validation {
		t.Errorf("last report %+v", e)
	}
}

// gap is E |D − D*|² over the noisy rows at a few times.
func gap(t *testing.T, m *nn.Model) float64 {
	g, err := sde.NewGaussian([]float64{1, -1}, mat.NewSymDense(2, []float64{1, .8, .8, 1}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	x := table("gap", 500).X
	sum, d, e := 0.0, mat.NewDense(500, 2, nil), mat.NewDense(500, 2, nil)
	var p losses.Problem
	losses.Denoising{Sched: sde.VP{}}.Draw(&p, x, losses.Batch{Total: 500})
	if err := errors.Join(m.Denoise(d, p.X, p.T), g.Denoise(e, p.X, p.T)); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		for j := range 2 {
			sum += math.Pow(d.At(i, j)-e.At(i, j), 2) / 500
		}
	}
	return sum
}

func TestConditionGapIsSeen(t *testing.T) {
	cfg := config(300)
	cfg.Every = 300
	tr := newTrainer(t, cfg)
	mustRun(t, tr)
	if g := tr.Last().ConditionGap; g < 0.02 {
		t.Errorf("gap %g for a condition that halves the data", g)
	}
	// The twin: labels that say nothing.
	d := table("train", 900)
	r := stream.New(1, "noise")
	for i := range 900 {
		d.Cond.Set(i, 0, float64(r.IntN(2)))
	}
	noise, err := New(newModel(t, true), d, table("held", 100), cfg)
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, noise)
	if g, h := noise.Last().ConditionGap, tr.Last().ConditionGap; g > h/4 {
		t.Errorf("gap %g for random labels, %g for real ones", g, h)
	}
}

func TestNonFiniteLossStops(t *testing.T) {
	cfg := config(50)
	d := table("train", 900)
	d.X.Set(17, 0, math.Inf(1))
	tr, err := New(newModel(t, true), d, Data{}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(tr.model.Parameters().Flat)
	steps := 0
	tr.cfg.Save = func(*Trainer) error { steps++; return nil }
	err = tr.Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "row 17") || !strings.Contains(err.Error(), "step") || !strings.Contains(err.Error(), "t =") {
		t.Errorf("error %v", err)
	}
	if tr.Step() == 0 && !slices.Equal(before, tr.model.Parameters().Flat) {
		t.Error("the parameters have changed")
	}
}

func TestEarlyStop(t *testing.T) {
	cfg := config(4000)
	cfg.Every, cfg.Patience = 10, 3
	tr := newTrainer(t, cfg)
	tr.best = -1 // cannot be improved on
	mustRun(t, tr)
	if !tr.Early() || tr.Step() != 30 || !tr.Last().Final {
		t.Errorf("stopped at step %d, best %g", tr.Step(), tr.best)
	}
}

func TestStepsDoNotAllocate(t *testing.T) {
	cfg := config(1000)
	cfg.Workers = 1
	tr := newTrainer(t, cfg)
	step := func() {
		if err := tr.advance(); err != nil {
			t.Fatal(err)
		}
	}
	step()
	if a := testing.AllocsPerRun(20, step); a > 20 {
		t.Errorf("%g allocations per step", a)
	}
}

func TestBadConfig(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"steps":   func(c *Config) { c.Steps = 0 },
		"batch":   func(c *Config) { c.Batch = -1 },
		"rate":    func(c *Config) { c.Rate.Decay = "cosin" },
		"ema":     func(c *Config) { c.EMA = 1 },
		"peak":    func(c *Config) { c.Rate.Peak = -1 },
		"dropout": func(c *Config) { c.Dropout.Joint = 2 },
	} {
		cfg := config(10)
		change(&cfg)
		if _, err := New(newModel(t, true), table("train", 900), Data{}, cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
