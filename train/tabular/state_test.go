package tabular

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/train"
)

// stopped is a run that is left after step 20 of 40.
func stopped(t *testing.T, o Options, text string) *Training {
	t.Helper()
	stop := errors.New("stop")
	o.Observe = func(e train.Report) error {
		if e.Step == 20 {
			return stop
		}
		return nil
	}
	r := must(NewTraining(must(ReadData(source("t.csv", text), &o)), &o))
	if err := r.Run(context.Background()); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	return r
}

// The state of a run holds the model as it stands, which says that it is unfinished.
func TestStateHasTheModel(t *testing.T) {
	o := Options{Hidden: 12, Layers: 1, Batch: 32, Steps: 40, Every: 10, Seed: 4}
	r := stopped(t, o, mixedText(120))
	path := filepath.Join(t.TempDir(), "m.st.state")
	if err := checkpoints.Save(path, must(r.State())); err != nil {
		t.Fatal(err)
	}
	m := must(Load(path))
	if !bytes.Equal(bytesOf(m), bytesOf(r.Model())) {
		t.Error("the model in the state is another")
	}
	p := m.Provenance()
	if step, of := p.Unfinished(); step != 20 || of != 40 {
		t.Errorf("unfinished at step %d of %d, want 20 of 40", step, of)
	}
	o.Steps = 20
	whole := must(Fit(context.Background(), source("t.csv", mixedText(120)), &o)).Provenance()
	if step, of := whole.Unfinished(); step != 0 || of != 0 {
		t.Errorf("a finished model is at step %d of %d", step, of)
	}
	if _, err := LoadClassifier(path); !errors.Is(err, checkpoints.ErrKind) {
		t.Errorf("a model taken for a classifier: %v", err)
	}
}

// A run that stopped early is finished.
func TestEarlyRunIsFinished(t *testing.T) {
	o := Options{Hidden: 4, Layers: 1, Batch: 16, Steps: 400, Every: 1, Patience: 1, Holdout: 0.2, Rate: 0.05}
	m := must(Fit(context.Background(), source("t.csv", mixedText(120)), &o))
	p := m.Provenance()
	if p.Steps >= 400 || !p.Early {
		t.Fatalf("%d steps, early %v: the run did not stop early", p.Steps, p.Early)
	}
	if _, of := p.Unfinished(); of != 0 {
		t.Error("it passes for unfinished")
	}
}

// The state of another run is refused, and what differs is named.
func TestOtherStatesAreRefused(t *testing.T) {
	o := Options{Hidden: 12, Layers: 1, Batch: 32, Steps: 40, Every: 10, Seed: 4, Version: "v1"}
	state := must(stopped(t, o, mixedText(120)).State())
	for name, c := range map[string]struct {
		change func(o *Options)
		rows   int
		want   []string
	}{
		"same":    {func(*Options) {}, 120, nil},
		"hidden":  {func(o *Options) { o.Hidden = 13 }, 120, []string{"hidden was 12 and is now 13: give the same"}},
		"three":   {func(o *Options) { o.Rate, o.Schedule, o.Seed = 0.1, "ve", 5 }, 120, []string{"lr was 0.002 and is now 0.1", "sde was vp", "is now ve", "seed was 4 and is now 5"}},
		"dropout": {func(o *Options) { o.Dropout = -1 }, 120, []string{"dropout was 0.23 and is now not set"}},
		"version": {func(o *Options) { o.Version = "v2" }, 120, []string{"written by version v1, and this is v2"}},
		"table":   {func(o *Options) {}, 121, []string{"its data is another"}},
	} {
		other := o
		c.change(&other)
		err := must(NewTraining(must(ReadData(source("t.csv", mixedText(c.rows)), &other)), &other)).Restore(state)
		if c.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	// Files of other content have other digests.
	text := mixedText(120)
	lines := strings.SplitAfter(text, "\n")
	lines[3], lines[4] = lines[4], lines[3]
	var runs []*Training
	for k, content := range []string{text, strings.Join(lines, "")} {
		path := filepath.Join(t.TempDir(), fmt.Sprint(k, ".csv"))
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, must(NewTraining(must(ReadData(must(datasets.OpenTable(path)), &o)), &o)))
	}
	if err := runs[1].Restore(must(runs[0].State())); err == nil || !strings.Contains(err.Error(), "it is of a run on other data") {
		t.Errorf("other data: %v", err)
	}
	// States of before have no model in them, and were of other passes over the table.
	old := must(checkpoints.Load(before + "run.safetensors.state"))
	p := Options{Hidden: 16, Layers: 1, Batch: 8, Steps: 2000, Every: 100}
	r := must(NewTraining(must(ReadData(must(datasets.OpenTable(before+"houses.csv")), &p)), &p))
	if err := r.Restore(old); err == nil || !strings.Contains(err.Error(), "earlier version") {
		t.Errorf("a state of before: %v", err)
	}
}
