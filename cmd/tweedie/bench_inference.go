package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/internal/bench/inference"
)

type benchInferenceFlags struct {
	inference.Options
	tasks []string
}

func (a *app) benchInferenceCommand() *cobra.Command {
	var o benchInferenceFlags
	c := &cobra.Command{
		Use:   "inference --data FOLDER --out FOLDER",
		Short: "Train posteriors of the benchmark's simulators and judge them by C2ST",
		Long: `For each task, number of simulations and seed: simulate, train with defaults, draw
10,000 parameters for each observation, and tell them from the draws of the
reference posterior by the benchmark's classifier (C2ST: ½ is perfect). Nothing is
chosen by task. Each cell that is done is a file of --out, and a run that was
interrupted goes on with the next cell. The table has the published values beside
ours, in Markdown, on stdout.`,
		Example: `  tweedie bench inference --data sbibm --out runs --tasks two_moons,slcp:4x2 --simulations 1000`,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := positive(c.Flags()); err != nil {
				return err
			}
			return a.benchInference(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Data, "data", "", "folder of the benchmark's observations and reference draws")
	f.StringVar(&o.Out, "out", "", "folder of the cells that are done, made if need be")
	f.StringSliceVar(&o.tasks, "tasks", nil, "tasks, separated by commas; slcp:4x2 has exchangeable points (default all)")
	f.IntSliceVar(&o.Budgets, "simulations", nil, "numbers of simulations (default 1000,10000,100000)")
	f.IntVar(&o.Seeds, "seeds", 0, "seeds of each number (default three at 10,000, one elsewhere)")
	f.IntSliceVar(&o.Observations, "observations", nil, "observations (default 1 to 5)")
	f.IntVar(&o.Rows, "rows", 0, "draws of each observation (default 10,000, the protocol)")
	return c
}

// positive refuses numbers that are given and are none of what can be measured.
func positive(f *pflag.FlagSet) error {
	for _, name := range []string{"seeds", "rows"} {
		if v, _ := f.GetInt(name); f.Changed(name) && v < 1 {
			return badUsage("--%s is %d: give a positive number", name, v)
		}
	}
	for _, name := range []string{"simulations", "observations"} {
		if v, _ := f.GetIntSlice(name); f.Changed(name) && (len(v) == 0 || slices.Min(v) < 1) {
			return badUsage("--%s is %v: give positive numbers", name, v)
		}
	}
	return nil
}

func (a *app) benchInference(ctx context.Context, o *benchInferenceFlags) error {
	if o.Data == "" || o.Out == "" {
		return badUsage("bench inference needs --data and --out; see tweedie bench inference --help")
	}
	var err error
	if o.Cases, err = inference.ParseCases(o.tasks); err != nil {
		return usage{err}
	}
	o.Seed, o.Workers, o.Clock = a.seed, a.workers, time.Now
	o.Done = func(r *inference.Cell) error {
		a.log.Info("cell", "task", r.Case, "simulations", r.Simulations, "seed", r.Seed, "c2st", r.C2ST, "train_seconds", r.Training, "draw_seconds", r.Drawing)
		return nil
	}
	cells, err := inference.Run(ctx, o.Options)
	if ctx.Err() != nil {
		return interrupted(fmt.Sprintf("interrupted after %d cells, which are kept: the same command goes on", len(cells)))
	}
	if err != nil {
		return err
	}
	return inference.WriteMarkdown(a.stdout, cells)
}
