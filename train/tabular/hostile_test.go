package tabular

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/nn"
	"tweedie/train"
)

// spoil writes the file of a checkpoint whose JSON under a key has other values, and a
// checksum that fits.
func spoil(t *testing.T, f *checkpoints.File, key string, change func(v map[string]any)) string {
	t.Helper()
	v := map[string]any{}
	if err := f.JSON(key, &v); err != nil {
		t.Fatal(err)
	}
	change(v)
	if err := f.SetJSON(key, v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "spoiled.st")
	if err := checkpoints.Save(path, f); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a model file says of itself is checked when it is read, not when it is used.
func TestHostileFiles(t *testing.T) {
	for key, changes := range map[string][]func(v map[string]any){
		checkpoints.ProvenanceKey: {
			func(v map[string]any) { v["config"] = map[string]string{"dropout": "2"} },
			func(v map[string]any) { v["config"] = map[string]string{"dropout": "NaN"} },
			func(v map[string]any) { v["config"] = map[string]string{"dropout": "-0.1"} },
			func(v map[string]any) { v["config"] = map[string]string{"dropout": "much"} },
		},
		"labels": {
			func(v map[string]any) { v["count"].([]any)[0] = 1 << 62 },
			func(v map[string]any) { v["count"].([]any)[0] = 0 },
			func(v map[string]any) { v["rows"].([]any)[0].([]any)[0] = 1 << 40 },
			func(v map[string]any) { v["rows"] = nil },
		},
		"table": {
			func(v map[string]any) {
				v["columns"].([]any)[0].(map[string]any)["digits"] = map[string]any{"min": 0, "max": 1 << 40}
			},
			func(v map[string]any) { v["columns"].([]any)[0].(map[string]any)["type"] = "matrix" },
			func(v map[string]any) { v["columns"] = v["columns"].([]any)[1:] },
		},
	} {
		for k, change := range changes {
			f, err := checkpoints.Load(before + "condition.safetensors")
			if err != nil {
				t.Fatal(err)
			}
			path := spoil(t, f, key, change)
			if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, change %d: %v", key, k, err)
			}
		}
	}
	for k, change := range []func(v map[string]any){
		func(v map[string]any) { v["columns"].([]any)[0].(map[string]any)["type"] = "matrix" },
		func(v map[string]any) { v["columns"] = v["columns"].([]any)[1:] },
	} {
		f, err := checkpoints.Load(before + "classifier.safetensors")
		if err != nil {
			t.Fatal(err)
		}
		path := spoil(t, f, "table", change)
		if _, err := LoadClassifier(path); err == nil || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("classifier, change %d: %v", k, err)
		}
	}
}

// FuzzLabels: a table of labels that passes can be drawn from.
func FuzzLabels(f *testing.F) {
	conds := []nn.Condition{{Name: "a", Levels: 2}, {Name: "b", Levels: 3}}
	f.Add([]byte(`{"rows":[[0,1],[1,2]],"count":[3,1]}`))
	f.Add([]byte(`{"rows":[[0,1],[1,2]],"count":[9223372036854775807,1]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var table labelTable
		if json.Unmarshal(text, &table) != nil || table.check(conds) != nil {
			return
		}
		law, err := table.given(nil, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		row := mat.NewDense(2, 2, nil)
		labelTurns{law}.draw(row, func(i int) int { return i })
		for k, c := range conds {
			if v := row.At(0, k); v < 0 || v >= float64(c.Levels) {
				t.Errorf("label %d is %v", k, v)
			}
		}
	})
}

// FuzzState: a state, whatever it says, is refused or one that training goes on from.
func FuzzState(f *testing.F) {
	o := Options{Hidden: 4, Layers: 1, Batch: 8, Steps: 4, Every: 2, Workers: 1, Holdout: 0.2, Patience: 2}
	text := mixedText(40)
	first := must(NewTraining(must(ReadData(source("t.csv", text), &o)), &o))
	first.save = func() error { return nil }
	if err := first.Run(f.Context()); err != nil {
		f.Fatal(err)
	}
	state := must(first.State())
	f.Add(state.Meta["position"], state.Meta["steps"], state.Meta["run"])
	f.Add(`{"step":-1,"window":0,"in_window":0,"best":null,"since":0,"last":{},"kernel_path":"avx2"}`, "4", state.Meta["run"])
	f.Add(state.Meta["position"], "1152921504606846976", state.Meta["run"])
	f.Fuzz(func(t *testing.T, position, steps, run string) {
		g := checkpoints.New(train.StateKind)
		for key, v := range state.Meta {
			g.Meta[key] = v
		}
		g.Meta["position"], g.Meta["steps"], g.Meta["run"] = position, steps, run
		g.Arrays = state.Arrays
		r := must(NewTraining(must(ReadData(source("t.csv", text), &o)), &o))
		if err := r.Restore(g); err != nil {
			return
		}
		if n := r.Trainer().Step(); n < 0 || n > r.Steps() {
			t.Errorf("restored at step %d of %d", n, r.Steps())
		}
		if err := r.Run(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
