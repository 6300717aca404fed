package main

import (
	"context"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/sample"
)

type logprobFlags struct {
	model, in, out string
	tol            float64
	encoded        bool
	densityFlags
}

func (a *app) logprobCommand() *cobra.Command {
	var o logprobFlags
	c := &cobra.Command{
		Use:   "logprob --model MODEL.safetensors --in FILE.csv",
		Short: "Log density of rows under a model, in nats",
		Long: `Log density in nats of each row under the probability flow of the model, with
the exact trace, in the units of the table (a density per unit of each column).
Label columns of the file, where the model has them, are conditioned on. The
mean, its standard error and the median go to stderr.

A table with categories has no exact density: its rows get a lower bound, the log
density of the numbers and the log probability of the levels together, with a
standard error. A low value is an anomaly.

The exact trace costs a backward pass per column: for wide tables, random probes
are cheaper. --bound gives a lower bound by noise levels drawn at random. Both
write the standard error of each row. Bits per dimension make sense for tables
rounded to a grid, with the uniform noise of a cell added before training.`,
		Example: `  tweedie logprob --model moons.safetensors --in moons.csv --out logprob.csv
  tweedie logprob --model wide.safetensors --in wide.csv --trace rademacher --probes 16`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.logprob(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file")
	f.StringVar(&o.in, "in", "", "CSV or Parquet file of rows, or toy:NAME:ROWS for fresh draws of a toy law")
	f.StringVar(&o.out, "out", "", "CSV file to write (default stdout)")
	f.Float64Var(&o.tol, "tolerance", 1e-5, "local error of the solver, relative and absolute")
	f.BoolVar(&o.encoded, "standardised", false, "densities of the standardised columns instead")
	completeFile(c, "model", "safetensors")
	completeFile(c, "in", "csv")
	o.define(c)
	return c
}

func (a *app) logprob(ctx context.Context, o *logprobFlags) error {
	if o.model == "" || o.in == "" {
		return badUsage("logprob needs --model and --in; see tweedie logprob --help")
	}
	if !(o.tol > 0 && o.tol <= 1) {
		return badUsage("--tolerance is %v: give a positive number of at most 1", o.tol)
	}
	if err := o.densityFlags.check(o.encoded); err != nil {
		return err
	}
	if err := apart(o.out, o.model, o.in); err != nil {
		return err
	}
	b, err := loadBundle(o.model)
	if err != nil {
		return err
	}
	t, err := a.cellsToScore(b, o.in)
	if err != nil {
		return err
	}
	out, err := a.textOutput(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	if b.hasCategories() && !o.bound {
		if o.set("trace") || o.set("tolerance") {
			return badUsage("--trace and --tolerance are for models of numbers: this one generates categories too, whose density is a lower bound")
		}
		o.bound = true
		a.log.Info("the rows have categories: lower bounds of their log probability, see --bound")
	}
	p := a.progress("logprob", t.Rows())
	d, err := b.densities(ctx, t, &o.densityFlags, &sample.LikelihoodOptions{
		RTol: o.tol, ATol: o.tol, Workers: a.workers, Seed: a.seed,
		Observe: func(rows int) error { p.set(rows, ""); return nil },
	}, o.encoded)
	if err != nil {
		return err
	}
	for _, w := range d.caveats {
		a.log.Warn("approximate", "why", w)
	}
	p.set(t.Rows(), "")
	if err := o.write(out, d, b.codec.Dim()); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	what := "log density"
	if o.bound {
		what = "lower bound of the log density"
	}
	a.summarise(what, d.logProb, b.codec.Dim())
	return nil
}

// logProb returns the log densities of the rows of a table, by exact traces.
func (b *bundle) logProb(ctx context.Context, t *datasets.Cells, o *sample.LikelihoodOptions, encoded bool) ([]float64, error) {
	d, err := b.densities(ctx, t, &densityFlags{trace: "exact"}, o, encoded)
	if err != nil {
		return nil, err
	}
	return d.logProb, nil
}
