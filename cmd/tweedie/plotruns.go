package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"tweedie/guide/calibration"
	"tweedie/guide/calibration/inference"
	"tweedie/internal/figure"
	"tweedie/train"
)

type plotRunFlags struct {
	in, out, title, kind string
	logarithmic          bool
}

func (o *plotRunFlags) define(c *cobra.Command, in string) {
	f := c.Flags()
	f.StringVar(&o.in, "in", "", in)
	f.StringVar(&o.out, "out", "", "figure, .png or .svg")
}

func (o *plotRunFlags) check(a *app, command string) error {
	if o.in == "" || o.out == "" {
		return badUsage("plot %s needs --in FILE and --out FIGURE", command)
	}
	if err := plottable(o.out); err != nil {
		return err
	}
	return a.apart([]string{o.out}, o.in)
}

func (a *app) plotLossCommand() *cobra.Command {
	var o plotRunFlags
	c := &cobra.Command{
		Use:     "loss --in METRICS.jsonl --out FIGURE",
		Short:   "Draw the losses of a run of training",
		Long:    `Draw the losses that train --metrics has written, on training rows and on held-out ones.`,
		Example: `  tweedie plot loss --in metrics.jsonl --out loss.png --log`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := o.check(a, "loss"); err != nil {
				return err
			}
			reports, err := readMetrics(o.in)
			if err != nil {
				return err
			}
			f, err := lossCurves(figure.Axes{Title: o.title, LogX: o.logarithmic, LogY: o.logarithmic}, reports)
			if err != nil {
				return inFile(o.in, err)
			}
			return writePlot(o.out, f)
		},
	}
	o.define(c, "file of train --metrics")
	c.Flags().StringVar(&o.title, "title", "", "title of the figure (default none)")
	c.Flags().BoolVar(&o.logarithmic, "log", false, "logarithmic axes")
	return c
}

// readMetrics reads the reports of a run.
func readMetrics(path string) ([]train.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []train.Report
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var e train.Report
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w; give a file that train --metrics has written", path, n, err)
		}
		list = append(list, e)
	}
	if len(list) == 0 && lines.Err() == nil {
		return nil, fmt.Errorf("%s has no report: give a file that train --metrics has written", path)
	}
	return list, lines.Err()
}

// lossCurves draws the losses of a run.
func lossCurves(axes figure.Axes, reports []train.Report) (*figure.Figure, error) {
	axes.X, axes.Y = "step", "denoising loss"
	tr, val := figure.Series{Name: "training"}, figure.Series{Name: "held-out, averaged parameters"}
	for _, e := range reports {
		tr.X, tr.Y = append(tr.X, float64(e.Step)), append(tr.Y, e.Loss)
		if e.Validation != 0 {
			val.X, val.Y = append(val.X, float64(e.Step)), append(val.Y, e.Validation)
		}
	}
	if len(val.X) == 0 {
		return figure.Curve(axes, tr)
	}
	return figure.Curve(axes, tr, val)
}

func (a *app) plotCalibrationCommand() *cobra.Command {
	var o plotRunFlags
	c := &cobra.Command{
		Use:   "calibration --in CALIBRATION.json --out FIGURE",
		Short: "Draw the ranks or the coverage of a check of a guide or of posteriors",
		Long: `Draw what check --out or calibrate --out has found, from its file calibration.json:
the ranks of the truth or how often regions hold it, with bands that hold the whole
line of a right guide or model in 99 % of the cases. Of more than six columns those that
are furthest off are drawn, and the others named below.`,
		Example: `  tweedie plot calibration --in check/calibration.json --out ranks.svg
  tweedie plot calibration --in check/calibration.json --kind coverage --out coverage.png`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.plotCalibration(&o) },
	}
	o.define(c, "file calibration.json of check or calibrate")
	c.Flags().StringVar(&o.kind, "kind", "ranks", "ranks or coverage")
	complete(c, "kind", "ranks", "coverage")
	completeFile(c, "in", "json")
	return c
}

func (a *app) plotCalibration(o *plotRunFlags) error {
	if err := o.check(a, "calibration"); err != nil {
		return err
	}
	if o.kind != "ranks" && o.kind != "coverage" {
		return badUsage("--kind %q: use ranks or coverage", o.kind)
	}
	ranks, cover, err := calibrationFigures(o.in)
	if err != nil {
		return err
	}
	if o.kind == "ranks" {
		return writePlot(o.out, ranks)
	}
	if cover == nil {
		return fmt.Errorf("%s: no column has intervals, as all have levels: there is no coverage to draw", o.in)
	}
	return writePlot(o.out, cover)
}

// calibrationFigures reads a report of check or of calibrate.
func calibrationFigures(path string) (ranks, cover *figure.Figure, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	const remedy = "give the file calibration.json that check --out or calibrate --out has written"
	var is struct {
		Columns, Parameters []json.RawMessage
		Part                *calibration.PartOf
	}
	if err := json.Unmarshal(b, &is); err != nil {
		return nil, nil, fmt.Errorf("%s: %w; %s", path, err, remedy)
	}
	switch {
	case is.Part != nil:
		return nil, nil, fmt.Errorf("%s is a part of a check: join the parts by merge first", path)
	case len(is.Parameters) > 0:
		var r inference.Report
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, nil, fmt.Errorf("%s: %w; %s", path, err, remedy)
		}
		return r.Figures()
	case len(is.Columns) > 0:
		var r calibration.Report
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, nil, fmt.Errorf("%s: %w; %s", path, err, remedy)
		}
		return r.Figures()
	}
	return nil, nil, fmt.Errorf("%s has no ranks: %s", path, remedy)
}
