package main

import (
	"context"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
	"tweedie/datasets/simulators"
	"tweedie/train/sbi"
)

// scriptPosterior fits a small inference model: posterior FILE TASK ROWS .
func scriptPosterior(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: posterior FILE TASK ROWS")
	}
	task, err := simulators.Lookup(args[1])
	ts.Check(err)
	rows, err := strconv.Atoi(args[2])
	ts.Check(err)
	theta, x, err := simulators.Draw(context.Background(), task, nil, rows, 7, 0, 1)
	ts.Check(err)
	s := &sbi.Simulations{Theta: theta, X: x, ThetaNames: task.Prior().Names(), XNames: task.Columns()}
	m, err := sbi.Fit(context.Background(), s, &sbi.Options{Prior: task.Prior(), Steps: 200, Hidden: 32, Layers: 2})
	ts.Check(err)
	ts.Check(m.Save(ts.MkAbs(args[0])))
}
