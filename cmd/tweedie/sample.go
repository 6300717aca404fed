package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/atomicfile"
	"tweedie/internal/suggest"
	"tweedie/sample"
	"tweedie/sde"
)

type sampleFlags struct {
	model, out, sampler string
	rows, nfe           int
	given               []string
	eta, churn          float64
	grid                string
	shard               string
}

func (a *app) sampleCommand() *cobra.Command {
	var o sampleFlags
	c := &cobra.Command{
		Use:   "sample --model MODEL.safetensors --rows N",
		Short: "Draw rows from a model",
		Long: `Draw rows from a model, as CSV with the columns of the table that it was trained
on. Label columns are drawn with their frequencies, or fixed with --given.

Row i depends on the seed and on i alone: --shard 2/4 writes the second quarter
of what the whole command would have written.`,
		Example: `  tweedie sample --model moons.safetensors --rows 10000 --out moons.csv
  tweedie sample --model wine.safetensors --rows 500 --given class=2`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.sample(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file")
	f.IntVar(&o.rows, "rows", 1000, "number of rows")
	f.StringVar(&o.out, "out", "", "CSV file to write (default stdout)")
	f.StringVar(&o.sampler, "sampler", "dpmpp2m", strings.Join(samplerNames(), ", "))
	f.IntVar(&o.nfe, "nfe", 50, "denoiser evaluations per row")
	f.StringVar(&o.grid, "grid", "logsnr", "where the steps are: logsnr, uniform, karras or quadratic")
	f.Float64Var(&o.eta, "eta", 0, "noise of the ddim sampler: 0 for none, 1 for ancestral sampling")
	f.Float64Var(&o.churn, "churn", 0, "noise of the heun sampler")
	f.StringArrayVar(&o.given, "given", nil, "COLUMN=LABEL, repeatable")
	f.StringVar(&o.shard, "shard", "", "i/n: write only the i-th of n parts")
	return c
}

// samplers are the methods by name.
func samplers(eta, churn float64) map[string]sample.Method {
	return map[string]sample.Method{
		"euler":   sample.EulerMaruyama{},
		"ddim":    sample.DDIM{Eta: eta},
		"dpmpp2m": sample.DPMpp2M{},
		"heun":    sample.Heun{Churn: churn},
	}
}

func samplerNames() []string { return []string{"ddim", "dpmpp2m", "euler", "heun"} }

func (o *sampleFlags) method() (sample.Method, error) {
	if o.eta < 0 || o.churn < 0 {
		return nil, badUsage("--eta and --churn must not be negative")
	}
	if o.eta != 0 && o.sampler != "ddim" {
		return nil, badUsage("--eta is an option of --sampler ddim, not of %s", o.sampler)
	}
	if o.churn != 0 && o.sampler != "heun" {
		return nil, badUsage("--churn is an option of --sampler heun, not of %s", o.sampler)
	}
	m, ok := samplers(o.eta, o.churn)[o.sampler]
	if !ok {
		return nil, badUsage("--sampler %q: use one of %s", o.sampler, strings.Join(samplerNames(), ", "))
	}
	return m, nil
}

func parseGrid(name string) (sample.Grid, error) {
	grids := map[string]sample.Grid{"logsnr": sample.LogSNR{}, "uniform": sample.Uniform{}, "karras": sample.Karras{}, "quadratic": sample.Quadratic{}}
	if g, ok := grids[name]; ok {
		return g, nil
	}
	return nil, badUsage("--grid %q: use logsnr, uniform, karras or quadratic", name)
}

// part returns the rows of a shard "i/n" of rows.
func part(shard string, rows int) (first, count int, err error) {
	if shard == "" {
		return 0, rows, nil
	}
	var i, n int
	if k, err := fmt.Sscanf(shard, "%d/%d", &i, &n); k != 2 || err != nil || n < 1 || i < 1 || i > n {
		return 0, 0, badUsage("--shard %q: give i/n with 1 ≤ i ≤ n, as 2/4", shard)
	}
	first = (i - 1) * rows / n
	return first, i*rows/n - first, nil
}

func (a *app) sample(ctx context.Context, o *sampleFlags) error {
	if o.model == "" {
		return badUsage("sample needs --model")
	}
	if o.rows < 1 || o.nfe < 1 {
		return badUsage("--rows is %d and --nfe %d: both must be positive", o.rows, o.nfe)
	}
	m, err := o.method()
	if err != nil {
		return err
	}
	grid, err := parseGrid(o.grid)
	if err != nil {
		return err
	}
	first, n, err := part(o.shard, o.rows)
	if err != nil {
		return err
	}
	b, err := loadBundle(o.model)
	if err != nil {
		return err
	}
	given, err := parseGiven(b.encoder.Schema(), o.given)
	if err != nil {
		return err
	}
	out, err := a.output(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	p := a.progress("sample", n)
	opts := &sample.Options{NFE: o.nfe, Grid: grid, Seed: a.seed, First: first, Workers: a.workers}
	if err := b.sampleTo(ctx, m, n, given, opts, out, func(first int, x *mat.Dense) {
		rows, _ := x.Dims()
		p.set(first-opts.First+rows, "")
	}); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	return nil
}

// sampleTo streams n rows as CSV to w, and shows each block, encoded, to seen.
func (b *bundle) sampleTo(ctx context.Context, m sample.Method, n int, given []float64, o *sample.Options, w io.Writer, seen func(first int, x *mat.Dense)) error {
	var d sde.Denoiser = b.model
	var labels *mat.Dense
	if k := len(b.model.Conds); k > 0 && n > 0 {
		labels = mat.NewDense(n, k, nil)
		if err := b.labels.draw(labels, given, o.Seed, o.First); err != nil {
			return err
		}
		g, err := b.model.Given(labels)
		if err != nil {
			return err
		}
		d = g
	}
	if n == 0 {
		return nil
	}
	cw := datasets.NewCSVWriter(w, b.encoder.Schema())
	o.Sink = func(first int, x *mat.Dense) error {
		rows, _ := x.Dims()
		at := first - o.First
		var l *mat.Dense
		if labels != nil {
			l = labels.Slice(at, at+rows, 0, len(b.model.Conds)).(*mat.Dense)
		}
		seen(first, x)
		return cw.WriteBlock(x, l)
	}
	_, err := sample.Run(ctx, d, m, n, o)
	return err
}

// parseGiven returns the condition values of COLUMN=LABEL settings, NaN where
// there is none.
func parseGiven(s *datasets.Schema, given []string) ([]float64, error) {
	names := s.Labels()
	c := make([]float64, len(names))
	for i := range c {
		c[i] = math.NaN()
	}
	for _, g := range given {
		col, label, ok := strings.Cut(g, "=")
		if !ok {
			return nil, badUsage("--given %q: give COLUMN=LABEL", g)
		}
		at := -1
		for i, n := range names {
			if n == col {
				at = i
			}
		}
		if at < 0 {
			hint := "the model has no label columns: train it with --condition"
			if len(names) > 0 {
				hint = "its label columns are " + strings.Join(names, ", ")
				if n, ok := suggest.Nearest(col, names); ok {
					hint = fmt.Sprintf("did you mean %s?", n)
				}
			}
			return nil, badUsage("--given %q: the model cannot be conditioned on %q: %s", g, col, hint)
		}
		i, err := s.LabelIndex(col, label)
		if err != nil {
			return nil, usage{err}
		}
		if !math.IsNaN(c[at]) && c[at] != float64(i) {
			return nil, badUsage("--given %q contradicts an earlier --given for %s", g, col)
		}
		c[at] = float64(i)
	}
	return c, nil
}

// sink is a file that is whole or not there, or stdout.
type sink interface {
	io.Writer
	Commit() error
	Abort()
}

func (a *app) output(path string) (sink, error) {
	if path == "" || path == "-" {
		return newStdoutSink(a.stdout), nil
	}
	return atomicfile.Create(path)
}
