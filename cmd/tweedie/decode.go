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
	if err := apart(o.out, o.model, o.in); err != nil {
		return err
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
	if err := newTableWriter(out, o.out, b.codec, 0, a.seed).finish(x, labels); err != nil {
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
	src, err := datasets.OpenTable(path)
	if err != nil {
		return nil, nil, err
	}
	m, n := &datasets.Metadata{Version: datasets.MetadataVersion}, b.codec.Dim()
	for _, name := range b.codec.Names() {
		m.Columns = append(m.Columns, datasets.Field{Name: latentPrefix + name, Type: datasets.TypeNumeric, Wide: true})
	}
	for _, f := range b.codec.Metadata().Conditions() {
		m.Columns = append(m.Columns, *f)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		return nil, nil, err
	}
	z = mat.NewDense(c.Rows(), n, nil)
	for i := range c.Rows() {
		for j := range n {
			if v := c.Number(i, j); math.IsNaN(v) {
				return nil, nil, fmt.Errorf("%s: data row %d has no %s: give a file that encode wrote for this model", path, i+1, m.Columns[j].Name)
			} else {
				z.Set(i, j, v)
			}
		}
	}
	if k := len(b.model.Conds); k > 0 {
		labels = mat.NewDense(c.Rows(), k, nil)
		for i := range c.Rows() {
			for l := range k {
				labels.Set(i, l, float64(c.Level(i, n+l)))
			}
		}
	}
	return z, labels, nil
}
