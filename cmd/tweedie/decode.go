package main

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
)

func (a *app) decodeCommand() *cobra.Command {
	var o flowFlags
	scale := 1.0
	c := &cobra.Command{
		Use:   "decode --model MODEL.safetensors --in LATENTS.csv",
		Short: "Turn latents back into rows",
		Long: `Turn latents, as encode writes them, back into rows along the probability flow.
A --temperature below 1 shrinks them towards the middle first, for more typical
rows.`,
		Example: `  tweedie decode --model moons.safetensors --in latents.csv --out rows.csv`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.decode(c.Context(), &o, scale) },
	}
	o.define(c, "CSV file of latents")
	c.Flags().Float64Var(&scale, "temperature", 1, "factor of the latents")
	return c
}

func (a *app) decode(ctx context.Context, o *flowFlags, scale float64) error {
	if err := o.check("decode"); err != nil {
		return err
	}
	if !(scale > 0 && scale <= math.MaxFloat64) {
		return badUsage("--temperature is %v: give a positive number", scale)
	}
	b, err := loadBundle(o.model)
	if err != nil {
		return err
	}
	z, labels, err := b.readLatents(o.in)
	if err != nil {
		return err
	}
	z.Scale(scale, z)
	d, err := b.given(labels)
	if err != nil {
		return err
	}
	out, err := a.output(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	rows, _ := z.Dims()
	p := a.progress("decode", rows)
	x, err := sample.Decode(ctx, d, z, a.flowOptions(o, p))
	if err != nil {
		return err
	}
	if err := datasets.NewCSVWriter(out, b.encoder.Schema()).WriteBlock(x, labels); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	p.finish()
	return nil
}

// readLatents reads what writeLatents wrote: latents, and labels if the model
// has them.
func (b *bundle) readLatents(path string) (z, labels *mat.Dense, err error) {
	names := b.encoder.Schema().Labels()
	t, err := datasets.OpenCSV(path, &datasets.Options{Labels: names})
	if err != nil {
		return nil, nil, err
	}
	if len(t.Columns) != b.encoder.Dim()+len(names) {
		return nil, nil, fmt.Errorf("%s: %d columns, want %d: those that encode writes for this model", path, len(t.Columns), b.encoder.Dim()+len(names))
	}
	z = mat.NewDense(t.Rows(), b.encoder.Dim(), nil)
	for j, n := range b.encoder.Names() {
		c := t.Column(latentPrefix + n)
		if c == nil {
			return nil, nil, fmt.Errorf("%s: no column %q: give a file that encode wrote for this model", path, latentPrefix+n)
		}
		z.SetCol(j, c.Values)
	}
	if len(names) == 0 {
		return z, nil, nil
	}
	labels = mat.NewDense(t.Rows(), len(names), nil)
	return z, labels, b.encoder.Conditions(labels, t)
}
