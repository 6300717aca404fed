package sbi

import (
	"context"
	"fmt"
	"math"

	"tweedie/nn"
	"tweedie/train"
)

// network trains one. If validation ends the run, or its best point is long before the end,
// it is trained anew, to that point alone: the rate then falls to 0 on the way, and the better of the two
// is taken.
func (f *fit) network(ctx context.Context, q inputs, fold, steps int, t, h train.Data) (*nn.Model, error) {
	if q.Coordinate >= 0 && f.o.Steps == 0 {
		steps /= coordinateSteps
	}
	f.stage.Again = false
	first, err := f.train(ctx, q, fold, steps, t, h)
	if err != nil || first.best >= steps*9/10 || first.best == 0 {
		return first.net, err
	}
	f.stage.Again = true
	second, err := f.train(ctx, q, fold, first.best, t, h)
	if err != nil || second.loss > first.loss {
		return first.net, err
	}
	return second.net, nil
}

// trained is a network, the loss of its best validation, and the step of that.
type trained struct {
	net  *nn.Model
	loss float64
	best int
}

func (f *fit) train(ctx context.Context, q inputs, fold, steps int, t, h train.Data) (r trained, err error) {
	net, err := nn.New(f.config(q, fold))
	if err != nil {
		return r, err
	}
	c := f.o.config(t.Len(), steps, q.Coordinate >= 0)
	c.Seed += uint64(fold)
	r.loss = math.Inf(1)
	c.Observe = func(e train.Report) error {
		if e.Validation < r.loss {
			r.loss, r.best = e.Validation, e.Step
		}
		if f.o.Observe != nil {
			return f.o.Observe(e)
		}
		return nil
	}
	if f.o.Stage != nil {
		f.o.Stage(f.stage)
	}
	run, err := train.New(net, t, h, c)
	if err != nil {
		return r, err
	}
	err = run.Run(ctx)
	if err != nil && ctx.Err() == nil {
		return r, err
	}
	r.net = run.Model()
	f.m.summary.Steps += run.Step()
	return r, err
}

// config is that of a network.
func (f *fit) config(q inputs, fold int) nn.Config {
	d, features := f.m.prior.Dim(), f.m.features
	size := q.size(features.size(), d)
	c := nn.Config{Hidden: f.o.Hidden, Layers: f.o.Layers, Schedule: f.m.Schedule(), Seed: f.o.Seed + uint64(fold), RowMoments: true}
	n, _ := f.f.Dims()
	set(&c.Hidden, f.hidden(n))
	set(&c.Layers, 4)
	if q.Coordinate >= 0 {
		d = 1
		if f.o.Hidden == 0 {
			c.Hidden, c.Layers = 32, 3
		}
	}
	c.Mean, c.Variance = make([]float64, d), make([]float64, d)
	for j := range d {
		c.Variance[j] = 1
	}
	if q.Encoder && features.Blocks.Points == 0 {
		c.Encoder = &nn.Encoder{Width: size, Hidden: 64, Layers: 2, Out: 32}
		return c
	}
	for k := range size {
		c.Conditions = append(c.Conditions, nn.Condition{Name: fmt.Sprintf("f%d", k+1)})
	}
	if b := features.Blocks; b.Points > 0 && q.Coordinate < 0 {
		c.Encoder = &nn.Encoder{Width: b.Width, Points: b.Points, SecondMoment: true, Hidden: 64, Layers: 2, PointLayers: 2, Out: 32}
	}
	return c
}
