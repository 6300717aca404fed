package main

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/train/tabular"
)

// flowFlags are those of the commands that move rows along the probability flow.
type flowFlags struct {
	models  []string
	in, out string
	tol     float64
}

func (o *flowFlags) define(c *cobra.Command, in string) {
	f := c.Flags()
	f.StringArrayVar(&o.models, "model", nil, "model file; repeatable: of several, trained from other seeds, the mean is taken")
	f.StringVar(&o.in, "in", "", in)
	f.StringVar(&o.out, "out", "", "CSV file to write (default stdout)")
	f.Float64Var(&o.tol, "tolerance", 1e-5, "local error of the solver, relative and absolute")
	completeFile(c, "model", "safetensors")
	completeFile(c, "in", "csv")
}

func (o *flowFlags) check(command string) error {
	if len(o.models) == 0 || o.in == "" {
		return badUsage("%s needs --model and --in; see tweedie %s --help", command, command)
	}
	if !(o.tol > 0 && o.tol <= 1) {
		return badUsage("--tolerance is %v: give a positive number of at most 1", o.tol)
	}
	return nil
}

// rows reads the model and its rows.
func (a *app) rows(ctx context.Context, o *flowFlags) (*tabular.Model, *datasets.Cells, error) {
	m, err := a.loadFor(o)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.rowsToScore(ctx, m, o.in, m.ReadRows)
	return m, c, err
}

// loadFor reads the model, once the output is known to replace nothing that is read.
func (a *app) loadFor(o *flowFlags) (*tabular.Model, error) {
	if err := a.apart([]string{o.out}, append(slices.Clone(o.models), o.in)...); err != nil {
		return nil, err
	}
	return a.loadModels(o.models)
}

func (a *app) flow(o *flowFlags, p *progress) *tabular.FlowOptions {
	return &tabular.FlowOptions{Tolerance: o.tol, Workers: a.workers, Progress: p.rows}
}

func (a *app) encodeCommand() *cobra.Command {
	var o flowFlags
	c := &cobra.Command{
		Use:   "encode --model MODEL.safetensors --in FILE.csv",
		Short: "Turn rows into latents, standard normal if the model fits",
		Long: `Turn rows into latents along the probability flow: one number z_COLUMN for each
column that the model generates, standard normal if the model fits the rows. The
map is a bijection, and that of the law of the data alone: two models that fit
the same table encode alike. Label columns, where the model has them, are
conditioned on and copied. decode is the inverse.`,
		Example: `  tweedie encode --model moons.safetensors --in moons.csv --out latents.csv
  tweedie decode --model moons.safetensors --in latents.csv --out again.csv`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.encode(c.Context(), &o) },
	}
	o.define(c, "CSV file of rows, or toy:NAME:ROWS for fresh draws of a toy law")
	return c
}

func (a *app) encode(ctx context.Context, o *flowFlags) error {
	if err := o.check("encode"); err != nil {
		return err
	}
	m, t, err := a.rows(ctx, o)
	if err != nil {
		return err
	}
	return into(a.textOutput, o.out, func(w io.Writer) error {
		p := a.progress("encode", t.Rows())
		l, err := m.Encode(ctx, t, a.flow(o, p))
		if err != nil {
			return err
		}
		p.finish()
		return m.WriteLatents(w, l)
	})
}
