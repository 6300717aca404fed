package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"tweedie/nn"
)

// A step of absurd length makes parameters that are not finite, which the next
// loss would tell, but too late: they must not be saved first.
func TestNothingIsSavedThatIsNotFinite(t *testing.T) {
	for _, held := range []Data{{}, table("held", 100)} {
		cfg := config(50)
		cfg.Every, cfg.Clip, cfg.Rate = 1, -1, Rate{Peak: 1e38, Warmup: -1, Decay: "constant"}
		tr, err := New(newModel(t, true), table("train", 900), held, cfg)
		if err != nil {
			t.Fatal(err)
		}
		tr.Save(func(tr *Trainer) error {
			rows := make([]float64, 100)
			h := table("held", 100)
			r := nn.Regression{X: h.X, Target: h.X, T: []float64{0.1}, Weight: slices.Repeat([]float64{1}, 100), Cond: h.Cond}
			if err := tr.Model().RowLosses(rows, r); err != nil || math.IsNaN(floats.Sum(rows)) || math.IsInf(floats.Sum(rows), 0) {
				t.Errorf("step %d is saved, whose losses sum to %v (%v)", tr.Step(), floats.Sum(rows), err)
			}
			if !finite(tr.model.Parameters().Flat) || !finite(tr.ema.Flat) {
				t.Errorf("step %d is saved", tr.Step())
			}
			return nil
		})
		err = tr.Run(context.Background())
		if err == nil || !strings.Contains(err.Error(), "step ") || !strings.Contains(err.Error(), "learning rate") {
			t.Errorf("held-out rows %d: error %v", held.Len(), err)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if finite([]float32{1, float32(bad), -1}) {
			t.Errorf("%v passes", bad)
		}
	}
	if !finite([]float32{math.MaxFloat32, -math.MaxFloat32, 0}) {
		t.Error("large numbers do not pass")
	}
}

func TestValidationNamesTheTime(t *testing.T) {
	held := table("held", 100)
	held.X.Set(3, 1, math.Inf(1))
	tr, err := New(newModel(t, true), table("train", 900), held, config(5))
	if err != nil {
		t.Fatal(err)
	}
	err = tr.Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "step 5: the validation loss is NaN at t = 0.") {
		t.Errorf("error %v", err)
	}
}

func TestSameRunNamesTheSetting(t *testing.T) {
	saved := `{"config":{"batch":32,"rate":{"peak":1,"warmup":2}},"data":"3 rows"}`
	for now, want := range map[string][]string{
		`{"config":{"batch":32,"rate":{"peak":1,"warmup":3}},"data":"3 rows"}`: {"config rate warmup is 2, now 3"},
		`{"config":{"batch":32},"data":"3 rows"}`:                              {"config rate is", "now not set"},
		`{"config":{"batch":32,"rate":{"peak":1,"warmup":2}},"data":"4 rows"}`: {`data is "3 rows", now "4 rows"`},
		`nonsense`: {"another run", "its description is"},
	} {
		err := sameRun(saved, now)
		if err == nil || slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(err.Error(), w) }) {
			t.Errorf("%s: %v", now, err)
		}
	}
	if err := sameRun(saved, saved); err != nil {
		t.Error(err)
	}
}
