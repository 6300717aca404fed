package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/prior"
	"tweedie/datasets/simulators"
	"tweedie/internal/suggest"
)

type simulateFlags struct {
	shardFlags
	task, prior, theta, x, benchmark string
	rows, observation                int
	list                             bool
}

// maxSimulations bounds the rows that are held at once.
const maxSimulations = 10_000_000

func (a *app) simulateCommand() *cobra.Command {
	var o simulateFlags
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Draw parameters and data of a simulator",
		Long: `Draw rows of parameters from a prior and simulate data with each, for one of the
tasks of the benchmark of simulation-based inference. Both are written as tables,
Parquet where a name ends in .parquet and CSV otherwise. Row i depends on the seed
and on i alone.

The prior is the task's, or --prior: a file of YAML, or task:NAME. --observation N
writes the N-th observation of the task instead, and the parameters it was made
with; with --benchmark FOLDER it is that of the benchmark, from its own files.`,
		Example: `  tweedie simulate --list
  tweedie simulate --task two_moons --rows 10000 --theta theta.csv --x x.csv
  tweedie simulate --task sir --observation 1 --x observed.csv`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.list {
				return a.listTasks()
			}
			return a.simulate(c.Context(), &o, c.Flags().Changed("rows"), c.Flags().Changed("observation"))
		},
	}
	f := c.Flags()
	f.StringVar(&o.task, "task", "", "task: "+strings.Join(simulators.Names(), ", "))
	f.IntVar(&o.rows, "rows", 0, "number of simulations")
	o.shardFlags.define(c, "draw only the i-th of n parts of --rows", "prior")
	f.StringVar(&o.prior, "prior", "", "prior of the parameters: file of YAML, or task:NAME (default the task's)")
	f.StringVar(&o.theta, "theta", "", "file to write the parameters to")
	f.StringVar(&o.x, "x", "", "file to write the data to")
	f.IntVar(&o.observation, "observation", 0, "write this observation of the task, 1 or more, instead of simulations")
	f.StringVar(&o.benchmark, "benchmark", "", "folder with the files of the benchmark, for --observation")
	f.BoolVar(&o.list, "list", false, "list the tasks and stop")
	complete(c, "task", simulators.Names()...)
	completeFile(c, "prior", "yaml")
	return c
}

func (a *app) listTasks() error {
	t := aligned(a.stdout)
	fmt.Fprintln(t, "task\tparameters\tdata\tknown")
	for _, name := range simulators.Names() {
		task, err := simulators.Lookup(name)
		if err != nil {
			return err
		}
		known := "likelihood"
		if _, ok := task.(simulators.Exact); ok {
			known = "likelihood, posterior"
		}
		d, w := task.Dims()
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\n", name, d, w, known)
	}
	return t.Flush()
}

func (o *simulateFlags) check(rows, observation bool) error {
	switch {
	case o.task == "":
		return badUsage("simulate needs --task NAME: one of %s", suggest.Join(simulators.Names(), 20))
	case rows == observation:
		return badUsage("simulate needs either --rows N, for simulations, or --observation N")
	case observation && o.prior != "":
		return badUsage("--prior does not go with --observation: the observations of a task are of its own prior")
	case observation && o.shard != "":
		return badUsage("--shard does not go with --observation, which is one row")
	case observation && o.x == "":
		return badUsage("--observation needs --x FILE, or --x - for stdout; --theta FILE gets its parameters")
	case observation:
		return between("observation", o.observation, 1, maxSimulations)
	case o.benchmark != "":
		return badUsage("--benchmark goes with --observation")
	case o.theta == "" || o.x == "":
		return badUsage("--rows needs --theta FILE and --x FILE")
	}
	if err := between("rows", o.rows, 1, maxSimulations); err != nil {
		return err
	}
	return o.shardFlags.check()
}

func (a *app) simulate(ctx context.Context, o *simulateFlags, rows, observation bool) error {
	if err := o.check(rows, observation); err != nil {
		return err
	}
	task, err := simulators.Lookup(o.task)
	if err != nil {
		return usage{err}
	}
	if err := a.apart([]string{o.theta, o.x}, o.prior); err != nil {
		return err
	}
	if o.theta == "-" && o.x == "-" {
		return badUsage("--theta and --x cannot both go to stdout")
	}
	var theta, x *mat.Dense
	first, n := 0, 1
	if observation {
		theta, x, err = o.observed(task)
	} else {
		first, n = o.part.Range(o.rows, 1)
		theta, x, err = a.simulated(ctx, o, task, first, n)
	}
	if err != nil {
		return err
	}
	if err := a.writeTables(first, []string{o.theta, o.x}, []*datasets.Cells{
		simulators.Table(task.Prior().Names(), theta), simulators.Table(task.Columns(), x),
	}); err != nil {
		return err
	}
	if err := a.writeManifests(&o.shardFlags, []string{o.theta, o.x}, []string{"theta", "x"}, first, n, o.rows, nil); err != nil {
		return err
	}
	a.log.Info("simulate", "task", o.task, "rows", n)
	return nil
}

// simulated are n rows from first on.
func (a *app) simulated(ctx context.Context, o *simulateFlags, task simulators.Task, first, n int) (theta, x *mat.Dense, err error) {
	var p *prior.Prior
	if o.prior != "" {
		if p, err = simulators.OpenPrior(o.prior); err != nil {
			return nil, nil, fmt.Errorf("--prior: %w", err)
		}
	}
	return simulators.Draw(ctx, task, p, n, a.seed, first, a.workers)
}

func (o *simulateFlags) observed(task simulators.Task) (theta, x *mat.Dense, err error) {
	var th, row []float64
	if o.benchmark == "" {
		th, row, err = simulators.Observation(task, o.observation)
	} else {
		var b *simulators.Benchmark
		if b, err = simulators.ReadObservation(o.benchmark, task, o.observation, false); err == nil {
			th, row = b.Theta, b.X
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return mat.NewDense(1, len(th), th), mat.NewDense(1, len(row), row), nil
}

// writeTables writes tables, whose first row has index first, to files, all or none; one
// without a name is not written.
func (a *app) writeTables(first int, paths []string, tables []*datasets.Cells) error {
	var names []string
	var list []*datasets.Cells
	for k, p := range paths {
		if p != "" {
			names, list = append(names, p), append(list, tables[k])
		}
	}
	outs, err := a.outputs(names)
	if err != nil {
		return err
	}
	defer outs.abort()
	for k, out := range outs {
		w := datasets.NewCellsWriter(out, names[k], list[k].Metadata(), first)
		if err := errors.Join(w.Write(list[k]), w.Close()); err != nil {
			return err
		}
	}
	return outs.commit()
}
