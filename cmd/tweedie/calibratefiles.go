package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
	"tweedie/train/sbi"
)

// simulations reads parameters and data.
func (a *app) simulations(ctx context.Context, theta, x string) (*sbi.Simulations, error) {
	t, err := a.table(ctx, theta)
	if err != nil {
		return nil, err
	}
	d, err := a.table(ctx, x)
	if err != nil {
		return nil, err
	}
	return sbi.ReadSimulations(t, d)
}

// observations reads rows of the data of a model.
func (a *app) observations(ctx context.Context, path string, m *sbi.Model) (*mat.Dense, error) {
	src, err := a.table(ctx, path)
	if err != nil {
		return nil, err
	}
	obs, err := m.ReadObservations(src)
	if err != nil {
		return nil, err
	}
	return obs.X, nil
}

// simulator is that of a predictive check, nil for none.
func (o *calibrateFlags) simulator(ctx context.Context, m *sbi.Model) (func(dst, theta *mat.Dense, seed uint64, first int) error, error) {
	var task simulators.Task
	switch {
	case o.task != "":
		t, err := simulators.Lookup(o.task)
		if err != nil {
			return nil, usage{err}
		}
		task = t
	case o.command != "":
		g, err := o.program(ctx, m.Prior())
		if err != nil {
			return nil, err
		}
		task = g
	default:
		return nil, nil
	}
	if err := simulators.Matches(task, m.Prior()); err != nil {
		return nil, err
	}
	if !slices.Equal(task.Columns(), m.XNames()) {
		return nil, fmt.Errorf("the simulator makes the data %s, and the model has %s: give the simulator of the model", strings.Join(task.Columns(), ", "), strings.Join(m.XNames(), ", "))
	}
	return task.Simulate, nil
}
