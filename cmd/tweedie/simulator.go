package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/datasets/simulators"
	"tweedie/internal/process"
	"tweedie/internal/suggest"
)

// simulatorFlags say how a simulator is run that is a program.
type simulatorFlags struct {
	command    string
	batch      int
	silence    time.Duration
	keepFailed bool
}

func (o *simulatorFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.command, "simulator", "", "command of a simulator: θ as CSV on its stdin, x as CSV on its stdout")
	f.IntVar(&o.batch, "batch", simulators.DefaultBatch, "rows that a process of the simulator gets")
	f.DurationVar(&o.silence, "timeout", simulators.DefaultSilence, "how long a process of the simulator may write nothing")
	f.BoolVar(&o.keepFailed, "keep-failed", false, "keep rows for which the simulator fails, an error otherwise: their cells of data are empty (NaN in .npy)")
}

// check refuses what no run can use; prior is the value of --prior.
func (o *simulatorFlags) check(prior string, changed func(string) bool) error {
	if o.command == "" {
		for _, flag := range []string{"batch", "timeout", "keep-failed"} {
			if changed(flag) {
				return badUsage("--%s is for --simulator: give one", flag)
			}
		}
		return nil
	}
	if strings.HasPrefix(o.command, simulators.TaskPrefix) {
		return badUsage("--simulator %s is the command of a program: for a task give --task", o.command)
	}
	if _, err := process.Split(o.command); err != nil {
		return badUsage("--simulator: %w", err)
	}
	switch {
	case prior == "":
		return badUsage("--simulator needs --prior FILE.yaml, or --prior task:NAME: the law of its parameters")
	case o.silence <= 0:
		return badUsage("--timeout is %v: give a positive time, as 60s", o.silence)
	}
	return between("batch", o.batch, 1, maxSimulations)
}

// open is the simulator that a text names, with a prior that may be nil for that of a task.
func (o *simulatorFlags) open(ctx context.Context, text string, p *prior.Prior) (simulators.Task, error) {
	name, isTask := strings.CutPrefix(text, simulators.TaskPrefix)
	if !isTask {
		return simulators.Open(ctx, text, p, simulators.ProgramOptions{Batch: o.batch, Silence: o.silence, KeepFailed: o.keepFailed})
	}
	if _, err := simulators.Lookup(name); err != nil {
		return nil, usage{err}
	}
	return simulators.Open(ctx, text, p, simulators.ProgramOptions{})
}

// openPrior is open with the prior of --prior, "" for that of a task.
func (o *simulatorFlags) openPrior(ctx context.Context, text, file string) (simulators.Task, error) {
	if file == "" {
		return o.open(ctx, text, nil)
	}
	p, err := simulators.OpenPrior(file)
	if err != nil {
		return nil, fmt.Errorf("--prior: %w", err)
	}
	return o.open(ctx, text, p)
}

// draw draws simulations, shows how far they are, and names rows that failed.
func (a *app) draw(ctx context.Context, t simulators.Task, d *simulators.Drawing) (theta, x *mat.Dense, err error) {
	rows := d.Rows
	if d.Theta != nil {
		rows, _ = d.Theta.Dims()
	}
	p := a.progress("simulate", rows)
	done := 0
	d.Done = func(n int) error { done = n; return p.rows(n) }
	if theta, x, err = d.Run(ctx, t); err != nil {
		if ctx.Err() != nil {
			return nil, nil, interrupted(fmt.Sprintf("interrupted after %d of %d simulations: nothing is kept", done, rows))
		}
		return nil, nil, err
	}
	a.bar = nil
	p.hide()
	if g, ok := t.(*simulators.Program); ok {
		a.failures(g, d.First, rows)
	}
	return theta, x, nil
}

// failures names rows of a program that failed, of those from first on.
func (a *app) failures(g *simulators.Program, first, of int) {
	var lines []string
	for _, f := range g.Failures() {
		if f.Row >= first {
			lines = append(lines, fmt.Sprintf("row %d (%s)", f.Row-first+1, oneLine(f.Why)))
		}
	}
	if len(lines) > 0 {
		a.log.Warn(fmt.Sprintf("the simulator failed for %d of %d rows, whose data are empty: %s", len(lines), of, suggest.Join(lines, 8)))
	}
}
