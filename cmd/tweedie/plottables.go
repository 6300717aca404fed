package main

import (
	"context"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
)

// plotFlags are those of figures of tables.
type plotFlags struct {
	in, out, second       string
	title                 string
	firstName, secondName string
	columns               []string
}

func (o *plotFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.in, "in", "", "table of numbers")
	f.StringVar(&o.out, "out", "", "figure, .png or .svg")
	f.StringVar(&o.second, "second", "", "second table, with the same columns, such as of synthetic rows")
	f.StringSliceVar(&o.columns, "columns", nil, "columns to draw, in this order")
	f.StringVar(&o.title, "title", "", "title of the figure (default none)")
	f.StringVar(&o.firstName, "name", "data", "name of the first table")
	f.StringVar(&o.secondName, "second-name", "samples", "name of the second table")
}

// tables reads the columns of one table or two.
func (a *app) plotTables(ctx context.Context, command string, o *plotFlags) (names []string, first, second *mat.Dense, err error) {
	if o.in == "" || o.out == "" {
		return nil, nil, nil, badUsage("plot %s needs --in FILE and --out FIGURE", command)
	}
	if err := plottable(o.out); err != nil {
		return nil, nil, nil, err
	}
	if err := a.apart([]string{o.out}, o.in, o.second); err != nil {
		return nil, nil, nil, err
	}
	if names, first, err = a.numbersOf(ctx, o.in, o.columns); err != nil || o.second == "" {
		return names, first, nil, err
	}
	_, second, err = a.numbersOf(ctx, o.second, names)
	return names, first, second, err
}

func (a *app) plotSamplesCommand() *cobra.Command {
	var o plotFlags
	c := &cobra.Command{
		Use:   "samples --in FILE --second FILE --out FIGURE",
		Short: "Draw two columns of two tables as points, side by side",
		Long: `Draw two columns of a table and of a second one as points, side by side, on the
axes of the first. At most the first 5000 rows of each are drawn; what is beyond the
axes is counted in the title of its panel.`,
		Example: `  tweedie plot samples --in real.csv --second synthetic.csv --columns a,b --out samples.png`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.plotSamples(c.Context(), &o) },
	}
	o.define(c)
	return c
}

func (a *app) plotSamples(ctx context.Context, o *plotFlags) error {
	if o.second == "" && o.in != "" {
		return badUsage("plot samples needs --second FILE: a table to draw beside the first; plot pairs draws one alone")
	}
	names, first, second, err := a.plotTables(ctx, "samples", o)
	if err != nil {
		return err
	}
	if len(names) != 2 {
		return badUsage("plot samples draws two columns, and there are %d: say which by --columns a,b", len(names))
	}
	f, err := figure.Scatter(figure.ScatterOptions{Title: o.title, X: names[0], Y: names[1], First: o.firstName, Second: o.secondName}, first, second)
	if err != nil {
		return err
	}
	return writePlot(o.out, f)
}

func (a *app) plotPairsCommand() *cobra.Command {
	var o plotFlags
	c := &cobra.Command{
		Use:   "pairs --in FILE --out FIGURE",
		Short: "Draw columns as histograms and pairs of columns as points",
		Long: `Draw each column of a table as a histogram, and each pair of columns as points, of
one table or of two over each other. There may be from two to eight columns. Axes are
those of the first table; what is beyond is counted below. For draws of a posterior
see plot corner, which draws regions of highest density.`,
		Example: `  tweedie plot pairs --in real.csv --second synthetic.csv --columns a,b,c --out pairs.png`,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			names, first, second, err := a.plotTables(c.Context(), "pairs", &o)
			if err != nil {
				return err
			}
			f, err := figure.Pairs(figure.PairsOptions{Title: o.title, Names: names, First: o.firstName, Second: o.secondName, SecondRows: second}, first)
			if err != nil {
				return err
			}
			return writePlot(o.out, f)
		},
	}
	o.define(c)
	return c
}
