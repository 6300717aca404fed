package mixture25

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// run is one problem under all methods.
type run struct {
	problem *problem
	o       *Options
	seed    uint64
	ref     *mat.Dense // exact draws
	rows    []Result
}

// draw returns draws of a law.
func (r *run) draw(l sde.Law, seed uint64) *mat.Dense {
	x := mat.NewDense(r.o.Rows, Dim, nil)
	l.Sample(x, seed, 0)
	return x
}

func (r *run) add(name string, nfe float64, x *mat.Dense) {
	d := metrics.SlicedWasserstein(x, r.ref, projections, r.seed)
	r.rows = append(r.rows, Result{Method: name, NFE: nfe, Each: []float64{d}})
}

// method is a sampler, with a guide or without.
type method struct {
	name string
	term guide.Term
	m    sample.Method
}

// all measures exact draws and draws of the prior first: they are the ends of the scale
// that a method is judged on.
func (r *run) all(ctx context.Context, learned *network) error {
	p := r.problem
	r.ref = r.draw(p.post, r.seed+1)
	r.add("floor: exact draws", 0, r.draw(p.post, r.seed+2))
	r.add("prior: do nothing", 0, r.draw(p.prior, r.seed+3))
	if err := r.methods(ctx, p.prior, ""); err != nil || learned == nil {
		return err
	}
	return r.methods(ctx, learned.net, ", trained")
}

// methods measures what the options ask for on a model of the prior.
func (r *run) methods(ctx context.Context, model sde.Differentiable, suffix string) error {
	obs := r.problem.obs
	ancestral, mmps := sample.DDIM{Eta: 1}, guide.MMPS{Observation: obs}
	runs := []method{
		{"DPS, norm form, ζ = 1", guide.DPSNorm{Observation: obs, Zeta: float64(r.o.Steps) / span(schedule)}, ancestral},
		{"ΠGDM, τ² = 1", guide.PiGDM{Observation: obs, DataVariance: 1}, ancestral},
		{"ΠGDM, τ² of the data", guide.PiGDM{Observation: obs}, ancestral},
		{"MMPS", mmps, ancestral},
	}
	if r.o.Remedies {
		curved := guide.MMPS{Observation: obs, Curvature: true}
		again := func(times int) sample.Method { return sample.Recurrence{Inner: ancestral, Times: times} }
		runs = append(runs,
			method{"MMPS, Langevin corrector", mmps, sample.PredictorCorrector{Predictor: ancestral}},
			method{"MMPS, recurrence 1", mmps, again(1)},
			method{"MMPS, recurrence 5", mmps, again(5)},
			method{"MMPS, recurrence 20", mmps, again(20)},
			method{"MMPS, curvature", curved, ancestral},
			method{"MMPS, curvature, recurrence 5", curved, again(5)},
			method{"MMPS, curvature, recurrence 20", curved, again(20)},
		)
	}
	for _, c := range runs {
		res, err := sample.Run(ctx, guide.New(model, c.term), c.m, r.o.Rows, r.options())
		if err != nil && suffix != "" && ctx.Err() == nil {
			r.rows = append(r.rows, Result{Method: c.name + suffix, Failed: 1}) // rows can diverge under a trained network
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		r.add(c.name+suffix, res.NFE, res.X)
	}
	if r.o.All {
		if err := r.gradientFree(ctx, model, suffix); err != nil {
			return err
		}
	}
	if r.o.All || r.o.Remedies || r.o.Trained {
		return r.particles(ctx, model, suffix)
	}
	return nil
}

func (r *run) options() *sample.Options {
	return &sample.Options{Steps: r.o.Steps, Grid: sample.LogSNRGrid{}, Seed: r.seed + 4, Workers: r.o.Workers, Denoise: true}
}

// gradientFree measures the methods that put a linear observation into their steps and
// need no derivative of the network. Replacement and RePaint are missing: they only
// take values without error.
func (r *run) gradientFree(ctx context.Context, model sde.Differentiable, suffix string) error {
	d, err := sample.ConditionOnLinear(model, r.measured())
	if err != nil {
		return err
	}
	for _, c := range []method{{"DiffPIR", nil, sample.DiffPIR{}}, {"DDNM", nil, sample.DDNM{}}, {"DAPS", nil, sample.DAPS{}}} {
		res, err := sample.Run(ctx, d, c.m, r.o.Rows, r.options())
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		r.add(c.name+suffix, res.NFE, res.X)
	}
	o := r.options()
	o.Steps, o.Grid, o.Denoise = 0, nil, false // it counts iterations instead
	// ρ starts at the distance of the modes.
	res, err := sample.SplitGibbs{First: 16, Iterations: r.o.Steps}.Run(ctx, d, r.o.Rows, o)
	if err != nil {
		return fmt.Errorf("split Gibbs: %w", err)
	}
	r.add("split Gibbs"+suffix, res.NFE, res.X)
	return nil
}

func (r *run) measured() sample.LinearCondition {
	obs := r.problem.obs
	return sample.LinearCondition{A: obs.A, Y: obs.Y, SD: obs.Error.(sde.NormalError).SD}
}

// particles measures the particle methods, each with as many particles as rows.
func (r *run) particles(ctx context.Context, model sde.Differentiable, suffix string) error {
	obs := r.problem.obs
	targets := []struct {
		name string
		sample.Target
	}{
		{"MMPS, particles (TDS)", sample.TDS{Model: model, Guided: guide.New(model, guide.MMPS{Observation: obs})}},
		{"ΠGDM, τ² of the data, particles (TDS)", sample.TDS{Model: model, Guided: guide.New(model, guide.PiGDM{Observation: obs})}},
		{"MCGDiff", sample.MCGDiff{Model: model, Observation: r.measured()}},
		{"FK steering", sample.FK{Model: model, Reward: sample.LogLikelihood(obs)}},
	}
	if !r.o.All {
		targets = targets[:1]
	}
	for _, c := range targets {
		o := &sample.ParticleOptions{Options: sample.Options{Steps: r.o.Steps, Grid: sample.LogSNRGrid{}, Seed: r.seed + 4, Workers: r.o.Workers}}
		res, err := sample.RunParticles(ctx, c.Target, sample.DDIM{Eta: 1}, 1, r.o.Rows, o)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		x, err := res.Draw(r.o.Rows, r.seed+5)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		r.add(c.name+suffix, res.NFE, x)
	}
	return nil
}
