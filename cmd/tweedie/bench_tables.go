package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"tweedie/datasets/evaluate"
	"tweedie/internal/bench/tables"
)

type benchTablesFlags struct {
	tables.Options
	train, draw string
	json        bool
}

func (a *app) benchTablesCommand() *cobra.Command {
	var o benchTablesFlags
	c := &cobra.Command{
		Use:   "tables --data FOLDER --out FOLDER",
		Short: "Train on tables, draw rows and evaluate them, beside baselines",
		Long: `For each table and seed: split off a test fifth (stratified by the target where
it is a category; adult has a test file of its own), train on the rest, draw as
many rows, and evaluate them. The model, the rows and the report of each run are
kept in the folder of --out; a table of means over the seeds is printed. All
settings are the defaults, which depend on the size of a table only, unless
--train or --sample give others.`,
		Example: `  tweedie bench tables --data uci --sets iris,wine --out runs`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.benchTables(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.Data, "data", "", "folder of the CSV files, named as the sets")
	f.StringVar(&o.Out, "out", "", "folder to write into, made if need be")
	f.StringSliceVar(&o.Sets, "sets", tables.Names(), "sets, separated by commas")
	f.IntVar(&o.Seeds, "seeds", 3, "splits and seeds for each set")
	f.IntVar(&o.Cut, "cut", 0, "keep only so many training rows")
	f.StringVar(&o.train, "train", "", "more flags of train, as \"--steps 500\"")
	f.StringVar(&o.draw, "sample", "", "more flags of sample")
	f.BoolVar(&o.json, "json", false, "write one JSON object")
	return c
}

func (a *app) benchTables(ctx context.Context, o benchTablesFlags) error {
	if o.Data == "" || o.Out == "" {
		return badUsage("bench tables needs --data and --out; see tweedie bench tables --help")
	}
	if err := between("seeds", o.Seeds, 1, 100); err != nil {
		return err
	}
	for _, name := range o.Sets {
		if !slices.Contains(tables.Names(), name) {
			return badUsage("--sets %s: use some of %s", name, strings.Join(tables.Names(), ", "))
		}
	}
	o.Clock = time.Now
	o.Train = func(ctx context.Context, f tables.Files, seed uint64) error {
		args := []string{"--data", f.Train, "--metadata", f.Metadata, "--out", f.Model, "--force"}
		return sub(ctx, a.seeded(seed).trainCommand(), append(args, strings.Fields(o.train)...))
	}
	o.Sample = func(ctx context.Context, f tables.Files, rows int, seed uint64) error {
		args := []string{"--model", f.Model, "--rows", fmt.Sprint(rows), "--out", f.Synthetic}
		return sub(ctx, a.seeded(seed).sampleCommand(), append(args, strings.Fields(o.draw)...))
	}
	o.Evaluate = func(ctx context.Context, f tables.Files, target string, seed uint64) (*evaluate.Report, error) {
		return a.seeded(seed).evaluated(ctx, &evaluateFlags{real: f.Train, synthetic: f.Synthetic, holdout: f.Test, metadata: f.Metadata, target: target})
	}
	runs, err := tables.Measure(ctx, &o.Options)
	if err != nil {
		return err
	}
	if o.json {
		return encodeJSON(a.stdout, runs)
	}
	return a.printTables(tables.Summarize(runs))
}

// seeded is the same with another seed.
func (a *app) seeded(seed uint64) *app {
	b := *a
	b.seed = seed
	return &b
}

// sub runs a command with some flags.
func sub(ctx context.Context, c *cobra.Command, args []string) error {
	if err := c.ParseFlags(args); err != nil {
		return usage{err}
	}
	c.SetContext(ctx)
	return c.RunE(c, nil)
}

// printTables prints means over the seeds.
func (a *app) printTables(rows []tables.Summary) error {
	w := aligned(a.stdout)
	fmt.Fprintln(w, "set\trows\ttraining s\t"+strings.Join(tables.Columns(), "\t"))
	for _, s := range rows {
		fmt.Fprintf(w, "%s\t%d\t%.0f", s.Set, s.Rows, s.Seconds)
		for _, v := range s.Values {
			fmt.Fprintf(w, "\t%.3f", v)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
