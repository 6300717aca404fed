package main

import (
	"context"

	"github.com/spf13/cobra"
	"tweedie/internal/figure"
	"tweedie/sample"
)

type plotModelFlags struct {
	model, out, title, method string
	noise                     float64
	rows                      int
	columns                   []string
}

func (o *plotModelFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.model, "model", "", "model file")
	f.StringVar(&o.out, "out", "", "figure, .png or .svg")
	f.StringVar(&o.title, "title", "", "title of the figure (default none)")
	completeFile(c, "model", "safetensors")
}

func (o *plotModelFlags) check(a *app, command string) error {
	if o.model == "" || o.out == "" {
		return badUsage("plot %s needs --model FILE and --out FIGURE", command)
	}
	if err := plottable("out", o.out); err != nil {
		return err
	}
	return a.apart([]string{o.out}, o.model)
}

func (a *app) plotFieldCommand() *cobra.Command {
	var o plotModelFlags
	c := &cobra.Command{
		Use:   "field --model MODEL.safetensors --out FIGURE",
		Short: "Draw the score of a model of two numbers",
		Long: `Draw the score of a model of two columns of numbers as arrows: the gradient of the
log density of the data with noise added, where to go for more probable points. An
arrow's direction is true, and its length grows with the magnitude m as m/(m + median).
Axes are the columns; where numbers are encoded by their quantiles they are the
encoded columns, which are standard normal, and the labels say so.`,
		Example: `  tweedie plot field --model moons.safetensors --noise 0.25 --out field.png`,
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.plotField(&o) },
	}
	o.define(c)
	c.Flags().Float64Var(&o.noise, "noise", 0.25, "noise level, in standard deviations of the data")
	return c
}

func (a *app) plotField(o *plotModelFlags) error {
	if err := o.check(a, "field"); err != nil {
		return err
	}
	if !(o.noise > 0) {
		return badUsage("--noise is %g: give a positive number", o.noise)
	}
	m, err := a.loadModel(o.model)
	if err != nil {
		return err
	}
	p, err := m.Plane(o.noise)
	if err != nil {
		return inFile(o.model, err)
	}
	fo := figure.FieldOptions{Title: o.title, X: p.X, Y: p.Y}
	if p.Encoded {
		fo.X, fo.Y = fo.X+" (encoded)", fo.Y+" (encoded)"
	}
	f, err := p.Figure(fo)
	if err != nil {
		return err
	}
	return a.writePlot(o.out, f)
}

func (a *app) plotTrajectoryCommand() *cobra.Command {
	var o plotModelFlags
	c := &cobra.Command{
		Use:   "trajectory --model MODEL.safetensors --out FIGURE",
		Short: "Draw the paths of rows from noise to data",
		Long: `Draw what rows are on their way from noise (t = 1) to data (t = 0), a line for each
row, over time for one column and in the plane for two. Columns are encoded ones: of a
number its own name, of a level COLUMN=LEVEL.`,
		Example: `  tweedie plot trajectory --model moons.safetensors --columns x,y --out paths.png
  tweedie plot trajectory --model moons.safetensors --columns x --sampler euler --rows 20 --out paths.svg`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.plotTrajectory(c.Context(), &o) },
	}
	o.define(c)
	f := c.Flags()
	f.StringVar(&o.method, "sampler", "dpmpp2m:nfe=100", "sampler with its settings, as euler:nfe=200")
	f.IntVar(&o.rows, "rows", 30, "rows, at most 200")
	f.StringSliceVar(&o.columns, "columns", nil, "one or two encoded columns (default the first two)")
	return c
}

func (a *app) plotTrajectory(ctx context.Context, o *plotModelFlags) error {
	if err := o.check(a, "trajectory"); err != nil {
		return err
	}
	if err := between("rows", o.rows, 1, 200); err != nil {
		return err
	}
	if len(o.columns) > 2 {
		return badUsage("--columns has %d columns: give one or two", len(o.columns))
	}
	s, err := sample.ParseMethod(o.method)
	if err != nil {
		return usage{err}
	}
	m, err := a.loadModel(o.model)
	if err != nil {
		return err
	}
	if names := m.Codec().Names(); o.columns == nil {
		o.columns = names[:min(2, len(names))]
	}
	p, err := m.Paths(ctx, o.rows, o.columns, s, a.seed, a.workers)
	if err != nil {
		return inFile(o.model, err)
	}
	f, err := p.Figure(o.title)
	if err != nil {
		return err
	}
	return a.writePlot(o.out, f)
}
