package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/train/tabular"
)

type logprobFlags struct {
	flowFlags
	shardFlags
	encoded  bool
	trace    string
	probes   int
	bound    bool
	binWidth float64
	strict   bool
	set      func(flag string) bool
}

// traces are the ways to find the divergence of the flow, by name.
var traces = map[string]sample.Probe{"exact": sample.ExactTrace, "rademacher": sample.RademacherProbe, "normal": sample.GaussianProbe}

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

The exact trace costs a backward pass per column. Where it would take more than
about a minute of two cores (3e12 operations of the network, counted and not
timed: rows x 120 evaluations x (1 + columns) passes x 2 x parameters), and there
are more than 16 columns, 8 random probes take its place, which is said on stderr;
--trace exact or rademacher settles it. --bound gives a lower bound by noise
levels drawn at random. Both write the standard error of each row. Bits per
dimension make sense for tables rounded to a grid, with the uniform noise of a cell
added before training.

A row with a level that training had not has probability 0 under the model: its
log_prob is -Inf. With a missing cell where training had none, or without a label
that the model knows, it is NaN. Such rows are named on stderr, and the mean is
that of the others. Values of constant columns are not part of the density.
--strict refuses a table with values that training had not.`,
		Example: `  tweedie logprob --model moons.safetensors --in moons.csv --out logprob.csv
  tweedie logprob --model wide.safetensors --in wide.csv --trace rademacher --probes 16`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.logprob(c.Context(), &o) },
	}
	o.flowFlags.define(c, "CSV, Parquet or .npy file of rows, or toy:NAME:ROWS for fresh draws of a toy law")
	o.shardFlags.define(c, "score only the i-th of n parts of the rows", "model", "in")
	f := c.Flags()
	f.BoolVar(&o.encoded, "standardized", false, "densities of the standardized columns instead")
	f.StringVar(&o.trace, "trace", "", "exact, or the random probes that estimate it: rademacher or normal (default by the count of operations)")
	f.IntVar(&o.probes, "probes", 0, "random draws per row (default 8, with --bound 128)")
	f.BoolVar(&o.bound, "bound", false, "the lower bound of the reverse SDE instead, which needs no derivatives")
	f.Float64Var(&o.binWidth, "bin-width", 0, "write bits per dimension too, of a table rounded to cells of this width")
	f.BoolVar(&o.strict, "strict", false, "refuse values that training had not: levels, constants, numbers beyond the range")
	complete(c, "trace", "exact", "rademacher", "normal")
	o.set = f.Changed
	return c
}

func (a *app) logprob(ctx context.Context, o *logprobFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	m, err := a.loadFor(&o.flowFlags)
	if err != nil {
		return err
	}
	t, err := a.rowsToScore(ctx, m, o.in, func(table datasets.Source) (*datasets.Cells, error) {
		c, err := m.ReadAnyRows(table)
		if err == nil && o.strict && c.Strange() != nil {
			err = strictly(c.Strange())
		}
		return c, err
	})
	if err != nil {
		return err
	}
	out, err := a.textOutput(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	if m.HasCategories() && !o.bound {
		if o.set("trace") || o.set("tolerance") {
			return badUsage("--trace and --tolerance are for models of numbers: this one generates categories too, whose density is a lower bound")
		}
		o.bound = true
		a.log.Info("the rows have categories: lower bounds of their log probability, see --bound")
	}
	a.chooseTrace(o, m, t.Rows())
	if o.set("probes") && !o.random() {
		return badUsage("--probes needs --trace rademacher, --trace normal or --bound: an exact trace has none")
	}
	first, n := o.part.Range(t.Rows(), 1)
	p := a.progress("logprob", n)
	d := new(tabular.Densities)
	if n > 0 { // there may be fewer rows than parts
		if d, err = m.Densities(ctx, t, &tabular.DensityOptions{
			Trace: traces[o.trace], Probes: o.probes, Bound: o.bound, Encoded: o.encoded, Tolerance: o.tol,
			First: first, Rows: n, Seed: a.seed, Workers: a.workers, Progress: p.rows,
		}); err != nil {
			return err
		}
	}
	a.caveats(d.Caveats)
	p.set(n, "")
	if err := o.write(out, d, m.Codec().Dim()); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	if err := a.writeManifests(&o.shardFlags, []string{o.out}, nil, first, n, t.Rows(), nil); err != nil {
		return err
	}
	what := "log density"
	if o.bound {
		what = "lower bound of the log density"
	}
	a.summarize(what, m, d)
	return nil
}

// chooseTrace settles how the traces of a table of so many rows are found, unless a flag does.
// All parts of a table choose alike.
func (a *app) chooseTrace(o *logprobFlags, m *tabular.Model, rows int) {
	if o.bound || o.set("trace") || m.TraceOf(rows) == sample.ExactTrace {
		return
	}
	o.trace = "rademacher"
	a.log.Info(fmt.Sprintf("exact traces would take %.1g operations: they are estimated by random probes, with a standard error for each row; --trace exact takes the time", m.ExactOperations(rows)))
}

func (o *logprobFlags) check() error {
	if err := o.flowFlags.check("logprob"); err != nil {
		return err
	}
	if err := o.shardFlags.check(); err != nil {
		return err
	}
	if _, ok := traces[o.trace]; !ok && o.set("trace") {
		return badUsage("--trace %q: use exact, rademacher or normal", o.trace)
	}
	switch {
	case o.bound && o.set("trace"):
		return badUsage("--trace is of no use with --bound, which has no trace: leave one away")
	case o.bound && o.set("tolerance"):
		return badUsage("--tolerance is of no use with --bound, which solves nothing: leave one away")
	case o.set("bin-width") && o.encoded:
		return badUsage("--bin-width is in the units of the table: leave --standardized away")
	case o.set("bin-width") && !(o.binWidth > 0):
		return badUsage("--bin-width is %v: give a positive width", o.binWidth)
	}
	if o.set("probes") {
		return between("probes", o.probes, 1, maxNFE)
	}
	return nil
}

// random tells whether the densities have errors of estimation.
func (o *logprobFlags) random() bool { return o.bound || traces[o.trace] != sample.ExactTrace }

// write writes the densities as CSV.
func (o *logprobFlags) write(w io.Writer, d *tabular.Densities, dim int) error {
	head := "log_prob"
	if o.random() {
		head += ",std_err"
	}
	if o.binWidth > 0 {
		head += ",bits_per_dim"
	}
	if _, err := fmt.Fprintln(w, head); err != nil {
		return err
	}
	var line []byte
	for i, v := range d.LogProb {
		line = strconv.AppendFloat(line[:0], v, 'g', -1, 64)
		if o.random() {
			line = strconv.AppendFloat(append(line, ','), d.StdErr[i], 'g', 6, 64)
		}
		if o.binWidth > 0 {
			line = strconv.AppendFloat(append(line, ','), sample.BitsPerDim(v, dim, o.binWidth), 'g', -1, 64)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}
