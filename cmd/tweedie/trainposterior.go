package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"
	"tweedie/datasets"
	"tweedie/datasets/simulators"
	"tweedie/train"
	"tweedie/train/sbi"
)

// simulationFlags are those of a posterior in place of a table: what it is trained on.
type simulationFlags struct {
	theta, x, prior string
	exchangeable    string
	dropNaN         bool
}

func (o *simulationFlags) define(f *pflag.FlagSet) {
	f.StringVar(&o.theta, "theta", "", "CSV, Parquet or .npy file of parameters that were simulated with, for a posterior")
	f.StringVar(&o.x, "x", "", "file of the data simulated with them, a row each")
	f.StringVar(&o.prior, "prior", "", "law that the parameters were drawn from: file of YAML, or task:NAME")
	f.StringVar(&o.exchangeable, "exchangeable", "", "data are a set of points in any order, as 4x2 for four points of two numbers; none: their order means something (default looked for in the data)")
	f.BoolVar(&o.dropNaN, "drop-nan", false, "leave out simulations whose data are empty or not finite, an error otherwise")
}

// ofSimulations are the flags that say what a posterior is trained on, and those that it has
// in common with a model of a table.
var ofSimulations, ofPosteriors = []string{"theta", "x", "prior", "exchangeable", "drop-nan"},
	[]string{"out", "steps", "batch", "lr", "hidden", "layers", "metrics", "report", "seed", "workers", "quiet", "log-format", "config"}

// isPosterior tells whether simulations are given.
func (o *trainFlags) isPosterior() bool {
	return slices.ContainsFunc(ofSimulations, o.changed)
}

// checkPosterior refuses what no posterior can use.
func (o *trainFlags) checkPosterior() error {
	if o.changed("data") {
		return badUsage("--data is a table and --theta and --x are simulations: give one or the other")
	}
	if o.theta == "" || o.x == "" || o.prior == "" || o.out == "" {
		return badUsage("a posterior needs --theta FILE, --x FILE, --prior FILE.yaml or task:NAME, and --out")
	}
	var other error
	o.flags.VisitAll(func(f *pflag.Flag) {
		if other == nil && f.Changed && !slices.Contains(ofSimulations, f.Name) && !slices.Contains(ofPosteriors, f.Name) {
			other = badUsage("--%s is for tables and toy laws: leave it away with --theta and --x", f.Name)
		}
	})
	if other != nil {
		return other
	}
	if o.theta == "-" && o.x == "-" {
		return badUsage("stdin is named twice: it can be read for one table only")
	}
	_, a := datasets.SplitArray(o.theta)
	if _, b := datasets.SplitArray(o.x); a == b && sameFile(o.theta, o.x) {
		return badUsage("--theta and --x are the same, %s: give the parameters and the data simulated with them", o.x)
	}
	return o.checkSizes()
}

// posteriorOptions are the settings of a posterior that the user gave.
func (a *app) posteriorOptions(o *trainFlags) (*sbi.Options, error) {
	r := &sbi.Options{
		DropNaN: o.dropNaN, Steps: o.steps, Seed: a.seed, Workers: a.workers,
		Version: version(), Data: o.theta + " and " + o.x,
	}
	for flag, c := range map[string]struct{ from, to *int }{"batch": {&o.batch, &r.Batch}, "hidden": {&o.hidden, &r.Hidden}, "layers": {&o.layers, &r.Layers}} {
		if o.changed(flag) {
			*c.to = *c.from
		}
	}
	if o.changed("lr") {
		if r.Rate = o.lr; !(o.lr > 0) {
			return nil, badUsage("--lr is %v: give a positive number", o.lr)
		}
	}
	var err error
	r.Ordered = o.exchangeable == "none"
	if o.exchangeable != "" && !r.Ordered {
		if r.Exchangeable, err = sbi.ParseBlocks(o.exchangeable); err != nil {
			return nil, badUsage("--exchangeable: %w", err)
		}
	}
	if r.Prior, err = simulators.OpenPrior(o.prior); err != nil {
		return nil, fmt.Errorf("--prior: %w", err)
	}
	return r, nil
}

// trainPosterior fits a posterior to simulations and writes it.
func (a *app) trainPosterior(ctx context.Context, o *trainFlags) error {
	opts, err := a.posteriorOptions(o)
	if err != nil {
		return err
	}
	lock, err := a.lockRun(o)
	if err != nil {
		return err
	}
	defer lock.Release()
	theta, err := a.table(ctx, o.theta)
	if err != nil {
		return err
	}
	x, err := a.table(ctx, o.x)
	if err != nil {
		return err
	}
	sims, err := sbi.ReadSimulations(datasets.Columns(theta, opts.Prior.Names()), x)
	switch {
	case errors.Is(err, datasets.ErrColumns):
		return fmt.Errorf("%w (the parameters are those of --prior %s)", err, o.prior)
	case err != nil:
		return err
	}
	metrics, err := train.OpenReports(o.metrics, 0)
	if err != nil {
		return err
	}
	defer metrics.Close()
	var runs [][]train.Report // of each network
	m, err := a.fit(ctx, sims, opts, func(e train.Report) error {
		if n := len(runs); n == 0 || e.Step <= runs[n-1][len(runs[n-1])-1].Step {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], e)
		return metrics.Write(e)
	})
	if err != nil {
		return err
	}
	if err := m.Save(o.out); err != nil {
		return err
	}
	if err := o.writePosteriorReport(m, runs); err != nil {
		return err
	}
	s := m.Summary()
	if s.Dropped > 0 {
		a.log.Warn(fmt.Sprintf("%d simulations without finite data are left out: the posterior is that given that the simulator succeeds", s.Dropped))
	}
	for _, c := range s.Caveats {
		a.log.Warn(c)
	}
	a.log.Info("model written", "file", o.out, "simulations", s.Rows, "held-out", s.Held, "log-score", fmt.Sprintf("%.4f", s.LogScore))
	return nil
}

// fit is sbi.Fit with its progress: a bar for each network, which says of which candidate or
// member of the model it is.
func (a *app) fit(ctx context.Context, sims *sbi.Simulations, opts *sbi.Options, observe func(train.Report) error) (*sbi.Model, error) {
	var p *progress
	networks, name := 0, ""
	opts.Stage = func(s sbi.Stage) {
		if networks++; p != nil {
			p.hide()
		}
		p, name = nil, "train "+s.String()
	}
	opts.Observe = func(e train.Report) error {
		if p == nil {
			p = a.progress(name, e.Steps)
		}
		p.set(e.Step, fmt.Sprintf("loss %.4f  held-out %.4f", e.Loss, e.Validation))
		return observe(e)
	}
	start := time.Now()
	m, err := sbi.Fit(ctx, sims, opts)
	if p != nil {
		a.bar = nil
		p.hide()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return nil, interrupted("interrupted: no model was written, and nothing is kept")
	case err != nil:
		return nil, fmt.Errorf("%w; no model was written", err)
	}
	a.log.Info("train", "networks", networks, "took", fmt.Sprintf("%.1fs", time.Since(start).Seconds()))
	return m, nil
}
