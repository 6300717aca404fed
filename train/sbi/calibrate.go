package sbi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/shard"
	"tweedie/guide/calibration/inference"
)

// CalibrateOptions are the settings of Calibrate. Nil stands for the zero value.
type CalibrateOptions struct {
	Simulations int  // that are used for ranks, the first ones; 0 means all, at most 500
	Draws       int  // of θ for each, at least 9; 0 means 99
	Densities   int  // of them whose log density is taken; 0 means 19, -1 none
	DropNaN     bool // leave out simulations whose data are not finite; else they are an error
	// Draw are the settings of draws and densities. Its seed and workers are those of the
	// calibration; First and Progress must not be set.
	Draw DrawOptions
	// Observations, a row each, are tested as inference.AtObservations does, with Pairs and
	// Nulls of its options. Nil for none.
	Observations *mat.Dense
	Pairs, Nulls int
	// Simulate, if not nil, stores draws of p(x|θ_i) in the rows of dst, from row first of
	// the seed: for a posterior predictive check of Observations.
	Simulate func(dst, theta *mat.Dense, seed uint64, first int) error
	// Part of the simulations that are used for ranks, and of the classifiers at Observations,
	// whose report is for inference.Join. The first part has the rest.
	Part shard.Part
	// Progress, if not nil, is called with the stage of the work and how far it is.
	Progress func(stage string, done, of int)
}

// predictiveDraws are those of a posterior predictive check.
const predictiveDraws = 200

// Calibrate tells whether the posteriors of the model are right, from simulations that it
// was not trained on: see package inference. It errs where the simulations do not have the
// parameters and the data of the model, and where their numbers are not finite.
func (m *Model) Calibrate(ctx context.Context, s *Simulations, o *CalibrateOptions) (*inference.Report, error) {
	var opts CalibrateOptions
	if o != nil {
		opts = *o
	}
	sims, err := m.heldOut(s, opts.DropNaN)
	if err != nil {
		return nil, err
	}
	if opts.Draw.First != 0 || opts.Draw.Progress != nil {
		return nil, errors.New("sbi: First and Progress of the draws of a calibration must not be set")
	}
	if opts.Observations != nil {
		if _, err := m.Posterior(opts.Observations); err != nil {
			return nil, err
		}
	} else if opts.Simulate != nil {
		return nil, errors.New("sbi: a posterior predictive check needs observations")
	}
	p := &posteriors{m: m, o: opts.Draw, progress: opts.Progress}
	r, err := inference.Calibrate(ctx, p, sims, &inference.Options{
		Simulations: opts.Simulations, Draws: opts.Draws, Densities: opts.Densities, Seed: opts.Draw.Seed, Part: opts.Part,
	})
	if err != nil {
		return nil, err
	}
	if opts.Observations != nil {
		if err := m.atObservations(ctx, r, p, sims, &opts); err != nil {
			return nil, err
		}
	}
	r.Caveats = p.caveats
	return r, nil
}

func (m *Model) atObservations(ctx context.Context, r *inference.Report, p *posteriors, s inference.Simulations, o *CalibrateOptions) (err error) {
	at := &inference.ObservationOptions{Pairs: o.Pairs, Nulls: o.Nulls, Seed: o.Draw.Seed, Workers: o.Draw.Workers, Part: o.Part}
	if o.Progress != nil {
		at.Progress = func(done, of int) { o.Progress("classifiers", done, of) }
	}
	r.Local, err = inference.AtObservations(ctx, p, s, o.Observations, at)
	if err != nil || o.Simulate == nil || o.Part.Index > 1 {
		return err
	}
	draws, err := p.Sample(ctx, o.Observations, 0, predictiveDraws, o.Draw.Seed+1)
	if err != nil {
		return err
	}
	n, w := draws.RawMatrix().Rows, len(m.xNames)
	x := mat.NewDense(n, w, nil)
	if err := o.Simulate(x, draws, o.Draw.Seed, 0); err != nil {
		return err
	}
	for i := range n / predictiveDraws {
		part := x.Slice(i*predictiveDraws, (i+1)*predictiveDraws, 0, w).(*mat.Dense)
		c, err := inference.PredictiveCheck(m.xNames, part, o.Observations.RawRowView(i))
		if err != nil {
			return err
		}
		r.Local.Predictive = append(r.Local.Predictive, c)
	}
	return nil
}

// heldOut are simulations with the names of the model.
func (m *Model) heldOut(s *Simulations, dropNaN bool) (inference.Simulations, error) {
	if s == nil || s.Theta == nil || s.X == nil {
		return inference.Simulations{}, errors.New("sbi: no simulations: give parameters and their data")
	}
	for _, c := range []struct {
		what      string
		m         *mat.Dense
		has, want []string
	}{{"parameters", s.Theta, s.ThetaNames, m.ThetaNames()}, {"data", s.X, s.XNames, m.xNames}} {
		_, d := c.m.Dims()
		if d != len(c.want) || c.has != nil && !slices.Equal(c.has, c.want) {
			return inference.Simulations{}, fmt.Errorf("sbi: the simulations have %d columns of %s (%s), and the model has %d: %s, in this order", d, c.what, cmp.Or(brief(c.has), "without names"), len(c.want), brief(c.want))
		}
	}
	c := Simulations{Theta: s.Theta, X: s.X, ThetaNames: m.ThetaNames(), XNames: m.xNames}
	if n, k := s.Theta.RawMatrix().Rows, s.X.RawMatrix().Rows; n == k {
		if err := c.dropNaN(dropNaN); err != nil {
			return inference.Simulations{}, err
		}
	}
	return inference.Simulations{Theta: c.Theta, X: c.X, ThetaNames: c.ThetaNames, XNames: c.XNames}, nil
}

// posteriors are those of a model as package inference takes them.
type posteriors struct {
	m        *Model
	o        DrawOptions
	progress func(stage string, done, of int)
	caveats  []string
}

// options are those of a stage of n rows.
func (p *posteriors) options(stage string, n int, seed uint64) *DrawOptions {
	o := p.o
	o.Seed = seed
	if p.progress != nil {
		o.Progress = func(done int) error { p.progress(stage, done, n); return nil }
	}
	return &o
}

// Sample implements inference.Posterior.
func (p *posteriors) Sample(ctx context.Context, x *mat.Dense, first, n int, seed uint64) (*mat.Dense, error) {
	of, err := p.m.Posterior(x)
	if err != nil {
		return nil, err
	}
	rows, _ := x.Dims()
	o := p.options("draws", rows*n, seed)
	o.First = first * n
	d, err := of.Sample(ctx, n, o)
	if err != nil {
		return nil, err
	}
	for _, c := range d.Caveats {
		if !slices.Contains(p.caveats, c) && !slices.Contains(of.Caveats(), c) {
			p.caveats = append(p.caveats, c)
		}
	}
	return d.Theta, nil
}

// LogProb implements inference.Posterior.
func (p *posteriors) LogProb(ctx context.Context, theta, x *mat.Dense) ([]float64, error) {
	of, err := p.m.Posterior(x)
	if err != nil {
		return nil, err
	}
	n, _ := theta.Dims()
	return of.LogProb(ctx, theta, p.options("densities", n, p.o.Seed))
}
