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
)

type sampleFlags struct {
	methodFlags
	model, out string
	rows       int
	guide      guideFlags
	shard      string
	particles  int
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
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.guide.check(c.Flags().Changed); err != nil {
				return err
			}
			return a.sample(c.Context(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file")
	f.IntVar(&o.rows, "rows", 1000, "number of rows")
	f.StringVar(&o.out, "out", "", "CSV file to write (default stdout)")
	o.methodFlags.define(c)
	f.AddFlagSet(guideFlagSet(&o.guide))
	f.StringVar(&o.shard, "shard", "", "i/n: write only the i-th of n parts")
	f.IntVar(&o.particles, "particles", 0, "weight groups of so many rows, which mends an approximate guide (twisted diffusion)")
	completeFile(c, "model", "safetensors")
	return c
}

func (a *app) sample(ctx context.Context, o *sampleFlags) error {
	if o.model == "" {
		return badUsage("sample needs --model; see tweedie sample --help")
	}
	if err := between("rows", o.rows, 1, maxRows); err != nil {
		return err
	}
	if o.changed("particles") {
		if err := o.particleChecks(); err != nil {
			return err
		}
	}
	if err := o.methodFlags.check(); err != nil {
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
	if o.particles > 0 {
		return a.sampleParticles(ctx, o, b)
	}
	m, err := o.on(b.model.Schedule())
	if err != nil {
		return err
	}
	d, err := o.guide.guided(b, a.seed, first)
	if err != nil {
		return err
	}
	a.caveat(d.Denoiser)
	a.caveatsOf(m)
	out, err := a.output(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	p := a.progress("sample", n)
	opts := o.options()
	opts.Seed, opts.First, opts.Workers = a.seed, first, a.workers
	if err := b.sampleTo(ctx, m, n, d, opts, out, func(first int, x *mat.Dense) {
		rows, _ := x.Dims()
		p.set(first-opts.First+rows, "")
	}); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	for _, w := range d.warnings() {
		a.log.Warn(w)
	}
	return nil
}

// sampleTo streams n rows as CSV to w, and shows each block, encoded, to seen.
func (b *bundle) sampleTo(ctx context.Context, m sample.Method, n int, d *guided, o *sample.Options, w io.Writer, seen func(first int, x *mat.Dense)) error {
	cw := datasets.NewCSVWriter(w, b.encoder.Schema())
	var labels *mat.Dense // of the block being written
	o.Sink = func(first int, x *mat.Dense) error {
		rows, _ := x.Dims()
		labels = d.labels(labels, first, rows, len(b.model.Conds))
		seen(first, x)
		return cw.WriteBlock(x, labels)
	}
	_, err := sample.Run(ctx, d.Denoiser, m, n, o)
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
			return nil, badUsage("--given %q: %q is no label column: %s", g, col, hint)
		}
		i, err := s.LabelIndex(col, label)
		if err != nil {
			return nil, badUsage("--given %q: %w", g, err)
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
