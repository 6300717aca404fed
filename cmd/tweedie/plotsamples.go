package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"
	"tweedie/internal/figure"
)

type plotSamplesFlags struct {
	data, in, out, title string
	columns              []string
}

func (o *plotSamplesFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.data, "data", "", "table of real rows, of numbers")
	f.StringVar(&o.in, "in", "", "table of synthetic rows, with the same columns")
	f.StringVar(&o.out, "out", "", "figure, .png or .svg")
	f.StringVar(&o.title, "title", "", "title of the figure (default none)")
}

func (a *app) plotSamplesCommand() *cobra.Command {
	var o plotSamplesFlags
	c := &cobra.Command{
		Use:   "samples --data FILE --in FILE --out FIGURE",
		Short: "Draw real and synthetic rows side by side",
		Long: `Draw two columns of real rows on the left and of synthetic rows on the right, on the
same axes, at most the first 5000 rows of each.`,
		Example: `  tweedie plot samples --data posterior.csv --in draws.csv --out samples.png`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.plotSamples(c.Context(), &o) },
	}
	o.define(c)
	c.Flags().StringSliceVar(&o.columns, "columns", nil, "the two columns (default the first two)")
	return c
}

func (a *app) plotPairsCommand() *cobra.Command {
	var o plotSamplesFlags
	c := &cobra.Command{
		Use:   "pairs --data FILE --in FILE --out FIGURE",
		Short: "Draw columns and pairs of columns of real and synthetic rows",
		Long: `Draw synthetic rows as plot corner does, and real rows over them, as lines: each
column as a histogram, each pair as regions that hold 50 and 90 % of the rows.`,
		Example: `  tweedie plot pairs --data posterior.csv --in draws.csv --out pairs.png`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.plotPairs(c.Context(), &o) },
	}
	o.define(c)
	c.Flags().StringSliceVar(&o.columns, "columns", nil, "columns to draw, at most 12 (default all)")
	return c
}

func (o *plotSamplesFlags) check(a *app, command string) error {
	if o.data == "" || o.in == "" || o.out == "" {
		return badUsage("%s needs --data FILE, --in FILE and --out FIGURE", command)
	}
	if err := plottable("out", o.out); err != nil {
		return err
	}
	return a.apart([]string{o.out}, o.data, o.in)
}

func (a *app) plotSamples(ctx context.Context, o *plotSamplesFlags) error {
	if err := o.check(a, "plot samples"); err != nil {
		return err
	}
	names, data, err := a.numbersOf(ctx, o.data, o.columns)
	if err != nil {
		return err
	}
	if o.columns == nil && len(names) > 2 {
		names = names[:2]
	}
	if len(names) != 2 {
		return badUsage("plot samples draws two columns, and there are %d: name two with --columns", len(names))
	}
	_, rows, err := a.numbersOf(ctx, o.in, names)
	if err != nil {
		return err
	}
	f, err := figure.Scatter(figure.Axes{Title: o.title, X: names[0], Y: names[1]}, data, rows)
	if err != nil {
		return notDrawn(o.out, err)
	}
	return a.writePlot(o.out, f)
}

func (a *app) plotPairs(ctx context.Context, o *plotSamplesFlags) error {
	if err := o.check(a, "plot pairs"); err != nil {
		return err
	}
	names, data, err := a.numbersOf(ctx, o.data, o.columns)
	if err != nil {
		return err
	}
	_, rows, err := a.numbersOf(ctx, o.in, names)
	if err != nil {
		return err
	}
	if err := cmp.Or(enoughRows(o.data, data), enoughRows(o.in, rows)); err != nil {
		return err
	}
	f, err := figure.Corner(figure.CornerOptions{Title: o.title, Names: names, DrawsName: "synthetic rows", Second: data, SecondName: "real rows"}, rows)
	if err != nil {
		return notDrawn(o.out, err)
	}
	return a.writePlot(o.out, f)
}
