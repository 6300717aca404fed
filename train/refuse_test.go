package train

import (
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/kernel"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
)

// A state is refused by every run that would not have led to it, and the difference is
// named. Workers, and what is told and saved, are not part of a run.
func TestRestoreNamesWhatDiffers(t *testing.T) {
	cfg := config(20)
	f := mustState(t, newTrainer(t, cfg))
	for name, change := range map[string]func(c *Config){
		"config steps":        func(c *Config) { c.Steps = 21 },
		"config batch":        func(c *Config) { c.Batch = 699 },
		"config seed":         func(c *Config) { c.Seed++ },
		"config every":        func(c *Config) { c.Every = 4 },
		"config validations":  func(c *Config) { c.Draws = 301 },
		"config patience":     func(c *Config) { c.Patience = 2 },
		"config unit_dropout": func(c *Config) { c.UnitDropout = 0.2 },
		"config dropout":      func(c *Config) { c.Dropout.Joint = 0.3 },
		"config ema":          func(c *Config) { c.EMA = 0.9 },
		"objective":           func(c *Config) { c.Objective = losses.Denoising{Sched: sde.VP{BetaMax: 10}} },
		"validation":          func(c *Config) { c.Validation = losses.Denoising{Sched: sde.VP{}}.Fixed(10) },
	} {
		other := cfg
		change(&other)
		if err := newTrainer(t, other).Restore(f); err == nil || !strings.Contains(err.Error(), "its "+name+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tr := range map[string]func() (*Trainer, error){
		"data": func() (*Trainer, error) {
			d := table("train", 900)
			d.X.Set(899, 1, d.X.At(899, 1)+1e-9)
			return New(newModel(t, true), d, table("held", 100), cfg)
		},
		"held": func() (*Trainer, error) { return New(newModel(t, true), table("train", 900), nil, cfg) },
		"network": func() (*Trainer, error) {
			m, err := nn.New(nn.Config{Hidden: 24, Layers: 2, Mean: []float64{1, -1}, Variance: []float64{1, 1.5}, Seed: 1, Conditions: []nn.Condition{{Name: "sign", Levels: 2}}})
			if err != nil {
				return nil, err
			}
			return New(m, table("train", 900), table("held", 100), cfg)
		},
	} {
		other, err := tr()
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Restore(f); err == nil || !strings.Contains(err.Error(), "its "+name+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	labels := table("train", 900)
	labels.Cond.Set(899, 0, 1-labels.Cond.At(899, 0))
	other, err := New(newModel(t, true), labels, table("held", 100), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if other.Restore(f) == nil {
		t.Error("other conditions are accepted")
	}

	same := cfg
	same.Workers, same.Observe, same.Save = 3, func(Report) error { return nil }, func(*Trainer) error { return nil }
	if err := newTrainer(t, same).Restore(f); err != nil {
		t.Errorf("the same run: %v", err)
	}
	position := f.Meta["position"]
	for _, c := range []struct{ old, new, says string }{
		{`"` + kernel.Path() + `"`, `"other"`, "TWEEDIE_KERNEL=other"},
		{`"` + runtime.GOARCH + `"`, `"other"`, "computed on other"},
		{`,"arch":"` + runtime.GOARCH + `"`, ``, ""}, // a state of before
	} {
		f.Meta["position"] = strings.Replace(position, c.old, c.new, 1)
		if err := newTrainer(t, cfg).Restore(f); f.Meta["position"] == position || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.new, err, c.says)
		}
	}
}

// A state that misses an array changes nothing of the run it is put into.
func TestRestoreIsWhole(t *testing.T) {
	cfg := config(20)
	from := newTrainer(t, cfg)
	for range 2 {
		if err := from.advance(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"adam.m", "adam.v", "ema", "params"} {
		f := mustState(t, from)
		for i := range f.Arrays {
			if f.Arrays[i].Name == name {
				f.Arrays = append(f.Arrays[:i], f.Arrays[i+1:]...)
				break
			}
		}
		tr := newTrainer(t, cfg)
		if err := tr.Restore(f); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
		if !same(tr, newTrainer(t, cfg)) {
			t.Errorf("without %s: the run has changed", name)
		}
	}
}

func TestDataPanics(t *testing.T) {
	d := table("train", 9)
	for what, read := range map[string]func(){
		"another dimension":   func() { d.Read(mat.NewDense(1, 3, nil), nil, []int{0}, 0) },
		"no conditions":       func() { Data{X: d.X}.Read(mat.NewDense(1, 2, nil), mat.NewDense(1, 1, nil), []int{0}, 0) },
		"too many conditions": func() { d.Read(mat.NewDense(1, 2, nil), mat.NewDense(1, 2, nil), []int{0}, 0) },
		"conditions of few rows": func() {
			Data{d.X, mat.NewDense(8, 1, nil)}.Read(mat.NewDense(1, 2, nil), mat.NewDense(1, 1, nil), []int{0}, 0)
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			read()
		}()
	}
}
