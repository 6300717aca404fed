package main

import (
	"context"
	"slices"

	"github.com/spf13/pflag"
	"tweedie/train/tabular"
)

// ofDistillation are the flags that a student has in common with other models.
var ofDistillation = []string{"distill", "evaluations", "paths", "out", "steps", "time-budget", "batch", "lr", "decay", "weight-decay", "clip", "ema",
	"every", "metrics", "report", "resume", "force", "seed", "workers", "quiet", "log-format", "config"}

// checkDistill refuses what no student can use.
func (o *trainFlags) checkDistill() error {
	if o.out == "" {
		return badUsage("a student needs --distill MODEL and --out; see tweedie train --help")
	}
	var other error
	o.flags.VisitAll(func(f *pflag.Flag) {
		if other == nil && f.Changed && !slices.Contains(ofDistillation, f.Name) {
			other = badUsage("--%s is not for --distill: a student has the columns, the network and the schedule of its model, and needs no rows: leave it away", f.Name)
		}
	})
	if other != nil {
		return other
	}
	if err := between("paths", o.paths, 2, maxToyRows); err != nil {
		return err
	}
	if err := o.checkSizes(); err != nil {
		return err
	}
	return o.checkRun()
}

// newDistillation prepares the training of a student, and draws the paths that it is trained on.
func (a *app) newDistillation(ctx context.Context, o *trainFlags, opts *tabular.Options) (*tabular.Training, error) {
	teacher, err := a.loadModel(o.distill)
	if err != nil {
		return nil, err
	}
	d := tabular.Distillation{Evaluations: o.evaluations}
	if o.changed("paths") {
		d.Paths = o.paths
	}
	var p *progress
	d.Progress = func(done, of int) error {
		if p == nil {
			p = a.progress("paths of "+o.distill, of)
		}
		return p.rows(done)
	}
	t, err := teacher.NewDistillation(ctx, d, opts)
	if err == nil {
		p.finish()
	}
	return t, err
}
