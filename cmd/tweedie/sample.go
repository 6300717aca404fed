package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

type sampleFlags struct {
	methodFlags
	model, out string
	rows       int
	guide      guideFlags
	shard      string
	whereBy    string
	steer      steerFlags
}

func (a *app) sampleCommand() *cobra.Command {
	var o sampleFlags
	c := &cobra.Command{
		Use:   "sample --model MODEL.safetensors --rows N",
		Short: "Draw rows from a model",
		Long: `Draw rows from a model, as CSV or Parquet with the columns of the table that it was
trained on. Label columns are drawn with their frequencies, or fixed with --given.

Row i depends on the seed and on i alone: --shard 2/4 writes the second quarter
of what the whole command would have written.`,
		Example: `  tweedie sample --model moons.safetensors --rows 10000 --out moons.csv
  tweedie sample --model wine.safetensors --rows 500 --given class=2
  tweedie sample --model wine.safetensors --where 'alcohol >= 1' --where 'class != 3'
  tweedie sample --model wine.safetensors --rows 300 --balance class`,
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
	f.StringVar(&o.out, "out", "", "CSV or Parquet file to write (default stdout)")
	o.methodFlags.define(c)
	f.AddFlagSet(guideFlagSet(&o.guide))
	f.StringVar(&o.whereBy, "where-by", "auto", "reject draws rows until enough satisfy --where, guide draws towards it and checks, auto guides if few do")
	complete(c, "where-by", whereMethods...)
	f.StringVar(&o.shard, "shard", "", "i/n: write only the i-th of n parts")
	o.steer.define(c)
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
	if err := apart(o.out, o.model); err != nil {
		return err
	}
	if err := o.steerChecks(); err != nil {
		return err
	}
	if err := o.methodFlags.check(); err != nil {
		return err
	}
	if err := o.whereChecks(); err != nil {
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
	if !b.open && !o.steer.steered() && o.steer.particles == 0 {
		o.methodFlags.forTable()
	}
	switch {
	case o.steer.particles > 0:
		return a.sampleParticles(ctx, o, b)
	case o.steer.steered():
		return a.steerRows(ctx, o, b)
	}
	m, err := o.on(b.model.Schedule())
	if err != nil {
		return err
	}
	r, err := o.guide.request(b, a.seed)
	if err != nil {
		return err
	}
	if r.where != nil {
		a.caveatsOf(m)
		return a.sampleWhere(ctx, o, b, m, r)
	}
	d, err := o.guide.guided(b, a.seed, first, false)
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
	if err := b.sampleTo(ctx, m, n, d, opts, out, o.out, func(first int, x *mat.Dense) {
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

// sampleTo streams n rows to w, in the format of the name path, and shows each
// block, encoded, to seen.
func (b *bundle) sampleTo(ctx context.Context, m sample.Method, n int, d *guided, o *sample.Options, w io.Writer, path string, seen func(first int, x *mat.Dense)) error {
	tw := newTableWriter(w, path, b.codec, o.First, o.Seed)
	var labels *mat.Dense // of the block being written
	o.Sink = func(first int, x *mat.Dense) error {
		rows, _ := x.Dims()
		labels = d.labels(labels, first, rows, len(b.model.Conds))
		d.settle(x, first)
		seen(first, x)
		return tw.write(x, labels, nil)
	}
	if _, err := sample.Run(ctx, d.Denoiser, m, n, o); err != nil {
		return err
	}
	return tw.w.Close()
}
