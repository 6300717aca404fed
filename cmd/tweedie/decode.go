package main

import (
	"context"
	"io"
	"math"

	"github.com/spf13/cobra"
	"tweedie/datasets"
	"tweedie/train/tabular"
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
	m, err := a.loadFor(o)
	if err != nil {
		return err
	}
	src, err := a.table(ctx, o.in)
	if err != nil {
		return err
	}
	l, err := m.ReadLatents(src)
	if err != nil {
		return err
	}
	l.Z.Scale(scale, l.Z)
	rows, _ := l.Z.Dims()
	return a.writeDecoded(ctx, "decode", m, l, o, rows)
}

// writeDecoded decodes latents and writes their rows.
func (a *app) writeDecoded(ctx context.Context, what string, m *tabular.Model, l *tabular.Latents, o *flowFlags, rows int) error {
	return into(a.output, o.out, func(out io.Writer) error {
		p := a.progress(what, rows)
		c, err := m.Decode(ctx, l, a.seed, a.flow(o, p))
		if err != nil {
			return err
		}
		p.finish()
		w := datasets.NewCellsWriter(out, o.out, c.Metadata(), 0)
		if err := w.Write(c); err != nil {
			return err
		}
		return w.Close()
	})
}
