package train

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/sde"
)

func TestDefaults(t *testing.T) {
	o := losses.Denoising{Sched: sde.VP{}}
	c, err := Config{Steps: 1000, Objective: o}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if c.Batch != 512 || c.Beta1 != 0.9 || c.Beta2 != 0.99 || c.Eps != 1e-8 || c.WeightDecay != 0 || c.Clip != 1 || c.EMA != 0.999 ||
		c.Every != 20 || c.Draws != 4096 || c.Patience != 0 || c.UnitDropout != 0 || c.Validation != losses.Objective(o) ||
		c.Workers != runtime.GOMAXPROCS(0) || c.Rate != (Rate{Peak: 5e-3, Warmup: 50, Decay: "cosine"}) {
		t.Errorf("defaults %+v", c)
	}
	if c, err = (Config{Steps: 9, Objective: o}).withDefaults(); err != nil || c.Every != 1 || c.Rate.Warmup != 0 {
		t.Errorf("of 9 steps: every %d, warm-up %d (%v)", c.Every, c.Rate.Warmup, err)
	}
	if c, err = (Config{Steps: 100_000, Objective: o}).withDefaults(); err != nil || c.Rate.Warmup != 500 {
		t.Errorf("of 100000 steps: warm-up %d (%v)", c.Rate.Warmup, err)
	}
	if c, err = (Config{Steps: 100_000, Objective: o, Rate: Rate{Warmup: -1}, Clip: -1, Validation: o.Fixed(10)}).withDefaults(); err != nil || c.Rate.Warmup != 0 || c.Clip != -1 || c.Validation != losses.Objective(o.Fixed(10)) {
		t.Errorf("what is given changes: %+v (%v)", c, err)
	}
}

func TestMoreBadConfig(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"objective":      func(c *Config) { c.Objective = nil },
		"beta1":          func(c *Config) { c.Beta1 = 1 },
		"beta2":          func(c *Config) { c.Beta2 = math.NaN() },
		"eps":            func(c *Config) { c.Eps = -1 },
		"weight decay":   func(c *Config) { c.WeightDecay = math.Inf(1) },
		"every":          func(c *Config) { c.Every = -1 },
		"draws":          func(c *Config) { c.Draws = -1 },
		"patience":       func(c *Config) { c.Patience = -1 },
		"leave out":      func(c *Config) { c.UnitDropout = 1 },
		"rate":           func(c *Config) { c.Rate.Peak = math.Inf(1) },
		"probabilities":  func(c *Config) { c.Dropout.Each = []float64{0.1, 0.1} },
		"masking":        func(c *Config) { c.Masking.Share = 0.5 },
		"given in part":  func(c *Config) { c.Masking.Share = 2 },
		"number of step": func(c *Config) { c.Steps = -1 },
	} {
		cfg := config(10)
		change(&cfg)
		if _, err := New(newModel(t, true), table("train", 900), Data{}, cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(newModel(t, true), Data{}, nil, config(10)); err == nil || !strings.Contains(err.Error(), "no rows") {
		t.Errorf("no rows: %v", err)
	}
}

// Rates by hand: steps count from 0.
func TestRate(t *testing.T) {
	for _, c := range []struct {
		rate        Rate
		step, steps int
		want        float64
	}{
		{Rate{Peak: 2, Warmup: 4, Decay: "cosine"}, 0, 104, 0.5},
		{Rate{Peak: 2, Warmup: 4, Decay: "cosine"}, 3, 104, 2},
		{Rate{Peak: 2, Warmup: 4, Decay: "cosine"}, 4, 104, 2},
		{Rate{Peak: 2, Warmup: 4, Decay: "cosine"}, 54, 104, 1},
		{Rate{Peak: 2, Warmup: 4, Decay: "cosine"}, 29, 104, 1 + math.Sqrt2/2},
		{Rate{Peak: 2, Warmup: 4, Decay: "cosine"}, 103, 104, 2 * math.Pow(math.Sin(math.Pi/200), 2)},
		{Rate{Peak: 2, Warmup: 4, Decay: "linear"}, 2, 104, 1.5},
		{Rate{Peak: 2, Warmup: 4, Decay: "linear"}, 29, 104, 1.5},
		{Rate{Peak: 2, Warmup: 4, Decay: "linear"}, 103, 104, 0.02},
		{Rate{Peak: 2, Warmup: 4, Decay: "rsqrt"}, 1, 104, 1},
		{Rate{Peak: 2, Warmup: 4, Decay: "rsqrt"}, 4, 104, 2},
		{Rate{Peak: 2, Warmup: 4, Decay: "rsqrt"}, 64, 104, 0.5},
		{Rate{Peak: 2, Decay: "rsqrt"}, 0, 104, 2},
		{Rate{Peak: 2, Decay: "rsqrt"}, 25, 104, 0.4},
		{Rate{Peak: 2, Warmup: 4, Decay: "constant"}, 1, 104, 1},
		{Rate{Peak: 2, Warmup: 4, Decay: "constant"}, 90, 104, 2},
		{Rate{Peak: 2, Warmup: 4, Decay: "linear"}, 4, 4, 2},
	} {
		if got := c.rate.at(c.step, c.steps); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v at step %d of %d: %g, want %g", c.rate, c.step, c.steps, got, c.want)
		}
	}
}

// reportsOf runs and returns the reports and the steps of the saves.
func reportsOf(t *testing.T, cfg Config) (reports []Report, saved []int) {
	t.Helper()
	cfg.Observe = func(r Report) error { reports = append(reports, r); return nil }
	cfg.Save = func(tr *Trainer) error { saved = append(saved, tr.Step()); return nil }
	mustRun(t, newTrainer(t, cfg))
	return reports, saved
}

// Reports come every 5 steps and after the last; the loss is the mean since the one
// before, the rate and the norm those of the last step.
func TestReports(t *testing.T) {
	cfg := config(7)
	cfg.Every = 1
	each, saved := reportsOf(t, cfg)
	if !slices.Equal(saved, []int{1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("saved at %v", saved)
	}
	cfg.Every = 5
	got, saved := reportsOf(t, cfg)
	if len(got) != 2 || !slices.Equal(saved, []int{5, 7}) {
		t.Fatalf("%d reports, saved at %v", len(got), saved)
	}
	mean := func(rs []Report) (s float64) {
		for _, r := range rs {
			s += r.Loss / float64(len(rs))
		}
		return s
	}
	near(t, "loss of 5 steps", got[0].Loss, mean(each[:5]), 1e-12)
	near(t, "loss of 2 steps", got[1].Loss, mean(each[5:]), 1e-12)
	for i, at := range []int{5, 7} {
		r, w := got[i], each[at-1]
		if r.Step != at || r.Steps != 7 || r.Final != (at == 7) || r.Rate != w.Rate || r.GradNorm != w.GradNorm || r.Validation != w.Validation || r.ConditionGap != w.ConditionGap {
			t.Errorf("report at %d: %+v, want %+v", at, r, w)
		}
	}
	if got[1].Best != min(got[0].Validation, got[1].Validation) || got[0].Best != got[0].Validation {
		t.Errorf("best of %v and %v: %v", got[0].Validation, got[1].Validation, got[1].Best)
	}
	if r := got[1].Rate; r != (Rate{Peak: 5e-3, Decay: "cosine"}).at(6, 7) {
		t.Errorf("rate of the last step %v", r)
	}
}

func TestObserveAndSaveEndTheRun(t *testing.T) {
	stop := errors.New("stop")
	tr, saves := newTrainer(t, config(20)), 0
	tr.Observe(func(Report) error { return stop })
	tr.Save(func(*Trainer) error { saves++; return nil })
	if err := tr.Run(context.Background()); !errors.Is(err, stop) || tr.Step() != 5 || saves != 0 {
		t.Errorf("observed: %v at step %d, %d saves", err, tr.Step(), saves)
	}
	tr.Observe(nil)
	tr.Save(func(*Trainer) error { return stop })
	if err := tr.Run(context.Background()); !errors.Is(err, stop) || tr.Step() != 10 || tr.Last().Step != 10 {
		t.Errorf("saved: %v at step %d", err, tr.Step())
	}
	tr.Save(nil)
	mustRun(t, tr)
	tr.Observe(func(Report) error { t.Error("a finished run goes on"); return nil })
	mustRun(t, tr)
}

// slow are rows that take time on a clock.
type slow struct {
	Data
	clock *time.Duration
	cost  time.Duration
}

func (s slow) Read(x, c *mat.Dense, idx []int, pass uint64) {
	*s.clock += s.cost
	s.Data.Read(x, c, idx, pass)
}

func TestStepsWithin(t *testing.T) {
	var clock time.Duration
	start := time.Unix(0, 0)
	now := func() time.Time { return start.Add(clock) }
	cfg := config(1)
	cfg.Workers, cfg.Batch, cfg.Draws = 1, 8, 100
	for _, c := range []struct {
		name          string
		budget, check time.Duration
		want          int
	}{
		// A step takes 0.1 s. What measuring takes, 2 s, and 50 validations are not for steps.
		{"validations", 100 * time.Second, 300 * time.Millisecond, 827},
		{"dear validations", 100 * time.Second, 1900 * time.Millisecond, 11},
		{"nothing left", 100 * time.Second, 10 * time.Second, 1},
		{"a short budget", 10 * time.Second, 0, 95},
	} {
		tr, err := New(newModel(t, true), slow{table("train", 900), &clock, 100 * time.Millisecond}, slow{table("held", 100), &clock, c.check}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tr.StepsWithin(context.Background(), c.budget, now); err != nil || got != c.want {
			t.Errorf("%s: %d steps, want %d (%v)", c.name, got, c.want, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newTrainer(t, cfg).StepsWithin(ctx, time.Second, now); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
