package main

import (
	"context"

	"tweedie/internal/figure"
	"tweedie/train/sbi"
)

// inferPlot reads what a plot needs, and returns what draws it.
func (a *app) inferPlot(ctx context.Context, o *inferFlags, m *sbi.Model, obs *sbi.Observations) (func(*sbi.Draws) error, error) {
	if o.plot == "" {
		return func(*sbi.Draws) error { return nil }, nil
	}
	if n := obs.Rows(); n != 1 {
		return nil, badUsage("--plot is of one observation, and %s has %d: write the draws of one with --out, and see tweedie plot corner", o.observation, n)
	}
	if d := len(m.ThetaNames()); d > figure.MostColumns {
		return nil, badUsage("--plot %s: the model has %d parameters, and a figure has at most %d: write the draws with --out, and see tweedie plot corner --columns", o.plot, d, figure.MostColumns)
	}
	var truth []float64
	if o.truth != "" {
		var err error
		if truth, err = a.truthOf(ctx, o.truth, m.ThetaNames()); err != nil {
			return nil, err
		}
	}
	return func(d *sbi.Draws) error {
		f, err := m.Corner(d, truth, a.seed)
		if err != nil {
			return notDrawn(o.plot, err)
		}
		return a.writePlot(o.plot, f)
	}, nil
}
