package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"tweedie/guide/calibration/inference"
	"tweedie/internal/figure"
	"tweedie/train"
)

type plotRunFlags struct{ in, out, title, what string }

func (o *plotRunFlags) check(a *app, command string) error {
	if o.in == "" || o.out == "" {
		return badUsage("%s needs --in FILE and --out FIGURE", command)
	}
	if err := plottable("out", o.out); err != nil {
		return err
	}
	return a.apart([]string{o.out}, o.in)
}

func (a *app) plotLossCommand() *cobra.Command {
	var o plotRunFlags
	c := &cobra.Command{
		Use:   "loss --in METRICS --out FIGURE",
		Short: "Draw the losses of a training run",
		Long: `Draw the training and the validation loss against the steps, from the file that
train --metrics writes.`,
		Example: `  tweedie plot loss --in metrics.jsonl --out loss.png`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.plotLoss(&o) },
	}
	f := c.Flags()
	f.StringVar(&o.in, "in", "", "file of train --metrics")
	f.StringVar(&o.out, "out", "", "figure, .png or .svg")
	f.StringVar(&o.title, "title", "", "title of the figure (default none)")
	return c
}

func (a *app) plotLoss(o *plotRunFlags) error {
	if err := o.check(a, "plot loss"); err != nil {
		return err
	}
	reports, err := train.ReadReports(o.in)
	if err != nil {
		return err
	}
	f, err := train.LossFigure(figure.Axes{Title: o.title, X: "step", Y: "loss"}, reports)
	if err != nil {
		return err
	}
	return a.writePlot(o.out, f)
}

func (a *app) plotCalibrationCommand() *cobra.Command {
	var o plotRunFlags
	c := &cobra.Command{
		Use:   "calibration --in calibration.json --out FIGURE",
		Short: "Draw the ranks or the coverage of a calibration",
		Long: `Draw the ranks of the truth, or how often intervals or regions hold it, with bands
of 99 %, from the file calibration.json that check and calibrate write.`,
		Example: `  tweedie plot calibration --in calibration/calibration.json --out ranks.svg
  tweedie plot calibration --in calibration/calibration.json --what coverage --out coverage.svg`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.plotCalibration(&o) },
	}
	f := c.Flags()
	f.StringVar(&o.in, "in", "", "calibration.json of check or calibrate")
	f.StringVar(&o.out, "out", "", "figure, .png or .svg")
	f.StringVar(&o.what, "what", "ranks", "ranks or coverage")
	complete(c, "what", "ranks", "coverage")
	return c
}

func (a *app) plotCalibration(o *plotRunFlags) error {
	if err := o.check(a, "plot calibration"); err != nil {
		return err
	}
	if o.what != "ranks" && o.what != "coverage" {
		return badUsage("--what is %q: give ranks or coverage", o.what)
	}
	ranks, cover, err := inference.ReadFigures(o.in)
	if err != nil {
		return err
	}
	if o.what == "ranks" {
		return a.writePlot(o.out, ranks)
	}
	if cover == nil {
		return fmt.Errorf("%s has no intervals: draw --what ranks", o.in)
	}
	return a.writePlot(o.out, cover)
}
