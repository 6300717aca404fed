package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"tweedie/internal/bench/growth"
)

type benchGrowthFlags struct {
	out     string
	maxRows int
	quick   bool
}

func (a *app) benchGrowthCommand() *cobra.Command {
	var o benchGrowthFlags
	c := &cobra.Command{
		Use:   "growth --out FOLDER",
		Short: "Measure how time and memory grow with rows, columns, levels and workers",
		Long: `Measure the time and the peak of the memory of training and drawing, as rows go
from 1e4 to 1e7, columns from 10 to 2000, the levels of a column from 10 to 1e5,
and for 1 and 2 workers (elsewhere those of --workers). Tables are drawn by seed
and read from CSV. Each cell is two processes, train and sample; steps are a fixed
number, with one validation at the end. A cell that is done is a file of --out, and
a run that was interrupted goes on with the next one. Tables with exponents, fitted
to the larger half of the sizes, go to stdout in Markdown; growth.json and a figure
of each sweep go to --out.`,
		Example: `  tweedie bench growth --out runs --max-rows 100000`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.benchGrowth(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "folder to write into, made if need be")
	f.IntVar(&o.maxRows, "max-rows", 1e7, "leave out tables of more rows; those of levels and workers are cut")
	f.BoolVar(&o.quick, "quick", false, "few small tables, to see that all works")
	return c
}

func (a *app) benchGrowth(ctx context.Context, o *benchGrowthFlags) error {
	if o.out == "" {
		return badUsage("bench growth needs --out; see tweedie bench growth --help")
	}
	if err := between("max-rows", o.maxRows, 1000, 1e9); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	cells, err := growth.Run(ctx, growth.Options{
		Program: program, Out: o.out, Plan: growth.Plan(o.maxRows, a.workers, o.quick), Seed: a.seed, Clock: time.Now,
		Done: func(c *growth.Cell) {
			a.log.Info("cell", "sweep", c.Sweep, "rows", c.Rows, "columns", c.Columns, "levels", c.Levels, "train_seconds", c.Train.Seconds, "draw_seconds", c.Draw.Seconds)
		},
	})
	if ctx.Err() != nil {
		return interrupted(fmt.Sprintf("interrupted after %d cells, which are kept: the same command goes on", len(cells)))
	}
	if err != nil {
		return err
	}
	r := growth.Summarize(cells)
	if err := r.Write(o.out); err != nil {
		return err
	}
	if err := r.WriteFigures(o.out); err != nil {
		return err
	}
	return r.WriteMarkdown(a.stdout)
}
