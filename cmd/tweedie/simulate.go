package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/simulators"
	"tweedie/internal/suggest"
)

type simulateFlags struct {
	shardFlags
	task, prior, theta, x, benchmark string
	rows, observation                int
	list                             bool
	simulatorFlags
}

// maxSimulations bounds the rows that are held at once.
const maxSimulations = 10_000_000

func (a *app) simulateCommand() *cobra.Command {
	var o simulateFlags
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Draw parameters and data of a simulator",
		Long: `Draw rows of parameters from a prior and simulate data with each, for one of the
tasks of the benchmark of simulation-based inference or with a program of your own.
Both are written as tables: .parquet, .npy, .npz, and CSV otherwise, .gz compressed.
Row i depends on the seed and on i alone.

--simulator runs a program of any language, --workers of them at a time. Each gets a
batch of parameters as CSV on its standard input, a header and a row each, and writes
the data as CSV to its standard output, a row each in the same order:
docs/reference/simulator.md. A row without data, or with data that are no finite
numbers, ends the run; with --keep-failed it is named and kept, empty.

The prior is the task's, or --prior: a file of YAML, or task:NAME. --observation N
writes the N-th observation of the task instead, and the parameters it was made
with; with --benchmark FOLDER it is that of the benchmark, from its own files.`,
		Example: `  tweedie simulate --list
  tweedie simulate --task two_moons --rows 10000 --theta theta.csv --x x.csv
  tweedie simulate --task sir --observation 1 --x observation.csv
  tweedie simulate --simulator "python3 sim.py" --prior prior.yaml --rows 10000 --theta theta.csv --x x.csv`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.list {
				return a.listTasks()
			}
			return a.simulate(c.Context(), &o, c.Flags().Changed)
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
	o.simulatorFlags.define(c)
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

func (o *simulateFlags) check(changed func(string) bool) error {
	rows, observation := changed("rows"), changed("observation")
	switch {
	case o.task == "" && o.command == "":
		return badUsage("simulate needs --task NAME, one of %s, or --simulator COMMAND", suggest.Join(simulators.Names(), 20))
	case o.task != "" && o.command != "":
		return badUsage("--task and --simulator exclude each other: give one")
	case rows == observation:
		return badUsage("simulate needs either --rows N, for simulations, or --observation N")
	case observation && o.command != "":
		return badUsage("--observation is for --task: a program has none of its own")
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
	case o.theta == "-" && o.x == "-":
		return badUsage("--theta and --x cannot both go to stdout")
	}
	if err := o.simulatorFlags.check(o.prior, changed); err != nil {
		return err
	}
	if err := between("rows", o.rows, 1, maxSimulations); err != nil {
		return err
	}
	return o.shardFlags.check()
}

func (a *app) simulate(ctx context.Context, o *simulateFlags, changed func(string) bool) error {
	if err := o.check(changed); err != nil {
		return err
	}
	if err := a.apart([]string{o.theta, o.x}, o.prior); err != nil {
		return err
	}
	for _, path := range []string{o.theta, o.x} { // before it takes long
		out, err := a.output(path)
		if err != nil {
			return err
		}
		out.Abort()
	}
	text := o.command
	if o.task != "" {
		text = simulators.TaskPrefix + o.task
	}
	task, err := o.openPrior(ctx, text, o.prior)
	if err != nil {
		return err
	}
	var theta, x *mat.Dense
	first, n := 0, 1
	if changed("observation") {
		theta, x, err = simulators.Observed(task, o.observation, o.benchmark)
	} else {
		d := a.drawing(o, task)
		first, n = d.First, d.Rows
		theta, x, err = a.draw(ctx, task, d)
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
	a.log.Info("simulate", "task", task.Name(), "rows", n)
	return nil
}

// drawing is that of the part.
func (a *app) drawing(o *simulateFlags, t simulators.Task) *simulators.Drawing {
	d := simulators.Drawing{Rows: o.rows, Seed: a.seed, Workers: a.workers}.Part(t, o.part)
	if batch := simulators.BatchOf(t); d.Rows == 0 && batch > 1 {
		a.log.Warn(fmt.Sprintf("part %s has no rows: %d rows are fewer batches of %d than parts; a smaller --batch, the same for all parts, fills them", o.part, o.rows, batch))
	}
	return d
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
