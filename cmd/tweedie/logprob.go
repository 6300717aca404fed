package main

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/sde"
)

type logprobFlags struct {
	model, in, out string
	tol            float64
	encoded        bool
}

func (a *app) logprobCommand() *cobra.Command {
	var o logprobFlags
	c := &cobra.Command{
		Use:   "logprob --model MODEL.safetensors --in FILE.csv",
		Short: "Log density of rows under a model, in nats",
		Long: `Log density in nats of each row under the probability flow of the model, with
the exact trace, in the units of the table (a density per unit of each column).
Label columns of the file, where the model has them, are conditioned on. The
mean and its standard error go to stderr.`,
		Example: `  tweedie logprob --model moons.safetensors --in moons.csv --out logprob.csv`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.logprob(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file")
	f.StringVar(&o.in, "in", "", "CSV file of rows, or toy:NAME:ROWS for fresh draws of a toy law")
	f.StringVar(&o.out, "out", "", "CSV file to write (default stdout)")
	f.Float64Var(&o.tol, "tolerance", 1e-5, "local error of the solver, relative and absolute")
	f.BoolVar(&o.encoded, "standardised", false, "densities of the standardised columns instead")
	completeFile(c, "model", "safetensors")
	completeFile(c, "in", "csv")
	return c
}

func (a *app) logprob(ctx context.Context, o *logprobFlags) error {
	if o.model == "" || o.in == "" {
		return badUsage("logprob needs --model and --in; see tweedie logprob --help")
	}
	if !(o.tol > 0 && o.tol <= 1) {
		return badUsage("--tolerance is %v: give a positive number of at most 1", o.tol)
	}
	b, err := loadBundle(o.model)
	if err != nil {
		return err
	}
	t, err := a.rowsToScore(b, o.in)
	if err != nil {
		return err
	}
	out, err := a.output(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	p := a.progress("logprob", t.Rows())
	lp, err := b.logProb(ctx, t, &sample.LikelihoodOptions{
		RTol: o.tol, ATol: o.tol, Workers: a.workers,
		Observe: func(rows int) error { p.set(rows, ""); return nil },
	}, o.encoded)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "log_prob"); err != nil {
		return err
	}
	for _, v := range lp {
		if _, err := fmt.Fprintln(out, strconv.FormatFloat(v, 'g', -1, 64)); err != nil {
			return err
		}
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	mean, se := meanSE(lp)
	a.log.Info("log density", "rows", len(lp), "mean", fmt.Sprintf("%.4f", mean), "se", fmt.Sprintf("%.4f", se), "unit", "nats")
	return nil
}

// rowsToScore reads the rows, or draws them from a toy law with another seed
// than training's.
func (a *app) rowsToScore(b *bundle, in string) (*datasets.Table, error) {
	if len(in) > len(toyPrefix) && in[:len(toyPrefix)] == toyPrefix {
		name, rows, err := splitToy(in)
		if err != nil {
			return nil, err
		}
		s, err := toySource(name, b.encoder.Schema().Labels(), rows, ^a.seed)
		if err != nil {
			return nil, err
		}
		return s.table, nil
	}
	return datasets.OpenCSV(in, &datasets.Options{Schema: b.encoder.Schema()})
}

// logProb returns the log densities of the rows of a table.
func (b *bundle) logProb(ctx context.Context, t *datasets.Table, o *sample.LikelihoodOptions, encoded bool) ([]float64, error) {
	data, err := encodeTable(b.encoder, t)
	if err != nil {
		return nil, err
	}
	var d sde.Differentiable = b.model
	if data.Cond != nil {
		if d, err = b.model.Given(data.Cond); err != nil {
			return nil, err
		}
	}
	l, err := sample.LogProb(ctx, d, data.X, o)
	if err != nil {
		return nil, err
	}
	if !encoded {
		for i := range l.LogProb {
			l.LogProb[i] -= b.encoder.LogDet()
		}
	}
	return l.LogProb, nil
}

// meanSE is the mean and its standard error.
func meanSE(v []float64) (mean, se float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		se += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(se) / float64(len(v))
}
