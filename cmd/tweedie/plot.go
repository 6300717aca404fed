package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/atomicfile"
	"tweedie/internal/figure"
)

func (a *app) plotCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plot",
		Short: "Draw figures that are fit for a paper",
		Long: `Draw a figure of a table, a model or a report, as PNG or as SVG by the ending of --out. Colors are told
apart by color-blind readers, and lines by their dashes in gray print. The same table
gives the same bytes.`,
		Example: `  tweedie plot corner --in draws.csv --out corner.png`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.plotCornerCommand(), a.plotPairsCommand(), a.plotSamplesCommand(), a.plotFieldCommand(), a.plotTrajectoryCommand(), a.plotLossCommand(), a.plotCalibrationCommand())
	return c
}

type cornerFlags struct {
	in, out, truth, second, prior string
	title, name, secondName       string
	columns, log                  []string
}

func (a *app) plotCornerCommand() *cobra.Command {
	var o cornerFlags
	c := &cobra.Command{
		Use:   "corner --in FILE --out FIGURE",
		Short: "Draw columns and pairs of columns of draws",
		Long: `Draw the columns of a table of draws as histograms, and each pair of columns as
regions of highest density that hold 50 and 90 % of the rows. --truth marks the
parameters that data were simulated with, --second draws another sample over the
first, and --prior the prior beside it.`,
		Example: `  tweedie plot corner --in draws.csv --out corner.png --truth truth.csv
  tweedie plot corner --in draws.csv --out corner.svg --columns b,a --second posterior.csv`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.plotCorner(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.in, "in", "", "table of draws: numbers, at least 20 rows")
	f.StringVar(&o.out, "out", "", "figure, .png or .svg")
	f.StringVar(&o.truth, "truth", "", "table of one row with the true values, of some or all columns")
	f.StringVar(&o.second, "second", "", "table of a second sample, with the same columns")
	f.StringVar(&o.prior, "prior", "", "table of draws of the prior, with the same columns")
	f.StringSliceVar(&o.columns, "columns", nil, "columns to draw, in this order (default all)")
	f.StringSliceVar(&o.log, "log", nil, "columns on logarithmic axes")
	f.StringVar(&o.title, "title", "", "title of the figure (default none)")
	f.StringVar(&o.name, "name", "draws", "name of the draws in the legend")
	f.StringVar(&o.secondName, "second-name", "second sample", "name of the second sample in the legend")
	return c
}

func (a *app) plotCorner(ctx context.Context, o *cornerFlags) error {
	if o.in == "" || o.out == "" {
		return badUsage("plot corner needs --in FILE and --out FIGURE")
	}
	if err := plottable("out", o.out); err != nil {
		return err
	}
	if err := a.apart([]string{o.out}, o.in, o.truth, o.second, o.prior); err != nil {
		return err
	}
	names, draws, err := a.numbersOf(ctx, o.in, o.columns)
	if err != nil {
		return err
	}
	opts := figure.CornerOptions{Title: o.title, Names: names, DrawsName: o.name, SecondName: o.secondName, Log: make([]bool, len(names))}
	for _, s := range o.log {
		j := slices.Index(names, s)
		if j < 0 {
			return badUsage("--log %s: no such column is drawn; there are %s", s, strings.Join(names, ", "))
		}
		opts.Log[j] = true
	}
	for _, p := range []struct {
		path string
		to   **mat.Dense
	}{{o.second, &opts.Second}, {o.prior, &opts.Prior}} {
		if p.path == "" {
			continue
		}
		if _, *p.to, err = a.numbersOf(ctx, p.path, names); err != nil {
			return err
		}
	}
	if o.truth != "" {
		if opts.Truth, err = a.truthOf(ctx, o.truth, names); err != nil {
			return err
		}
	}
	if err := enoughRows(o.in, draws); err != nil {
		return err
	}
	f, err := figure.Corner(opts, draws)
	if err != nil {
		return notDrawn(o.out, err)
	}
	return a.writePlot(o.out, f)
}

// enoughRows errs for a table of fewer rows than a histogram needs.
func enoughRows(path string, rows *mat.Dense) error {
	if n, _ := rows.Dims(); n < figure.LeastRows {
		return fmt.Errorf("%s: the figure needs at least %d rows, and this table has %d", path, figure.LeastRows, n)
	}
	return nil
}

// notDrawn names the figure that cannot be drawn.
func notDrawn(path string, err error) error { return fmt.Errorf("%s: %w", path, err) }

// plottable errs unless a name ends as a figure's.
func plottable(flag, path string) error {
	if ending := strings.ToLower(filepath.Ext(path)); ending != ".png" && ending != ".svg" {
		return badUsage("--%s %s: figures are .png or .svg: give a name that ends so", flag, path)
	}
	return nil
}

// writePlot writes a figure in the format of the name, and warns of letters that are not drawn.
func (a *app) writePlot(path string, f *figure.Figure) error {
	err := atomicfile.Write(path, func(w io.Writer) error {
		if strings.EqualFold(filepath.Ext(path), ".svg") {
			return f.WriteSVG(w)
		}
		return f.WritePNG(w)
	})
	if m := f.Missing(); m != "" && err == nil {
		a.log.Warn(fmt.Sprintf("the font of figures lacks %s, which are boxes: write .svg, for which a viewer has its own fonts", m), "file", path)
	}
	return err
}

// numbersOf reads columns of a table, nil for all.
func (a *app) numbersOf(ctx context.Context, path string, columns []string) ([]string, *mat.Dense, error) {
	for k, name := range columns {
		if slices.Contains(columns[:k], name) {
			return nil, nil, badUsage("--columns names %s twice: name each column once", name)
		}
	}
	src, err := a.table(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	return datasets.ReadColumns(src, columns)
}

// truthOf reads the true values of the columns, NaN where a table has none.
func (a *app) truthOf(ctx context.Context, path string, columns []string) ([]float64, error) {
	src, err := a.table(ctx, path)
	if err != nil {
		return nil, err
	}
	return datasets.ReadTruth(src, columns)
}
