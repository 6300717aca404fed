package main

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/simulators"
	"tweedie/train/sbi"
)

// smallPosterior fits a small inference model to simulations of a task.
func smallPosterior(path, name string, rows, steps int) error {
	task, err := simulators.Lookup(name)
	if err != nil {
		return err
	}
	theta, x, err := simulators.Draw(context.Background(), task, nil, rows, 7, 0, 1)
	if err != nil {
		return err
	}
	s := &sbi.Simulations{Theta: theta, X: x, ThetaNames: task.Prior().Names(), XNames: task.Columns()}
	m, err := sbi.Fit(context.Background(), s, &sbi.Options{Prior: task.Prior(), Steps: steps, Hidden: 32, Layers: 2})
	if err != nil {
		return err
	}
	return m.Save(path)
}

// scriptPosterior is posterior FILE TASK ROWS .
func scriptPosterior(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: posterior FILE TASK ROWS")
	}
	rows, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(smallPosterior(ts.MkAbs(args[0]), args[1], rows, 200))
}

// posteriorFiles are a model, simulations and an observation, as examples name them.
func posteriorFiles(t *testing.T) {
	t.Helper()
	if err := smallPosterior("posterior.safetensors", "two_moons", 300, 20); err != nil {
		t.Fatal(err)
	}
	task, err := simulators.Lookup("two_moons")
	if err != nil {
		t.Fatal(err)
	}
	theta, x, err := simulators.Draw(context.Background(), task, nil, 60, 8, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*datasets.Cells{
		"held-theta.csv": simulators.Table(task.Prior().Names(), theta),
		"held-x.csv":     simulators.Table(task.Columns(), x),
		"observed.csv":   simulators.Table(task.Columns(), x.Slice(0, 1, 0, 2).(*mat.Dense)),
	} {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w := datasets.NewCellsWriter(f, name, c.Metadata(), 0)
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// plotFiles are what runs leave behind, as the examples of plot name it.
func plotFiles(t *testing.T) {
	t.Helper()
	ranks := `"ranks":[0,1,2,3,4,5,6,7,8,9]`
	if err := os.MkdirAll("calibration", 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"metrics.jsonl":                `{"step":10,"steps":10,"loss":1.5}`,
		"calibration/calibration.json": `{"simulations":10,"draws":9,"parameters":[{"column":"a",` + ranks + `}],"regions":[{"column":"TARP",` + ranks + `,"draws":9}]}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
