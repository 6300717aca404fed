package mixture25

import (
	"context"
	"fmt"

	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// gradientFree measures the methods that put a linear observation into their steps and
// need no derivative of the network. Replacement and RePaint are missing: they only
// take values without error.
func (r *run) gradientFree(ctx context.Context, model sde.Differentiable, suffix string) error {
	d, err := sample.WithMeasured(model, r.measured())
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		m    sample.Method
	}{
		{"DiffPIR", sample.DiffPIR{}}, {"DDNM", sample.DDNM{}}, {"DAPS", sample.DAPS{}},
	} {
		res, err := sample.Run(ctx, d, c.m, r.o.Rows, r.options())
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		r.add(c.name+suffix, res.NFE, res.X)
	}
	o := r.options()
	o.Steps, o.Denoise = 0, false // it counts iterations instead
	// ρ starts at the distance of the modes.
	res, err := sample.SplitGibbs{First: 16, Iterations: r.o.Steps}.Run(ctx, d, r.o.Rows, o)
	if err != nil {
		return fmt.Errorf("split Gibbs: %w", err)
	}
	r.add("split Gibbs"+suffix, res.NFE, res.X)
	return nil
}

func (r *run) measured() sample.Measured {
	obs := r.problem.obs
	return sample.Measured{A: obs.A, Y: obs.Y, SD: obs.Error.(sde.NormalError).SD}
}

// particles measures the particle methods, each with as many particles as rows.
func (r *run) particles(ctx context.Context, model sde.Differentiable, suffix string) error {
	obs := r.problem.obs
	type cloud struct {
		name   string
		target sample.Target
	}
	clouds := []cloud{{"MMPS, particles (TDS)", sample.TDS{Model: model, Guided: guide.New(model, guide.MMPS{Observation: obs})}}}
	if r.o.All {
		clouds = append(clouds,
			cloud{"ΠGDM, τ² of the data, particles (TDS)", sample.TDS{Model: model, Guided: guide.New(model, guide.PiGDM{Observation: obs})}},
			cloud{"MCGDiff", sample.MCGDiff{Model: model, Observation: r.measured()}},
			cloud{"FK steering", sample.FK{Model: model, Reward: sample.Observed{A: obs.A, Y: obs.Y, Error: obs.Error}.Reward}},
		)
	}
	for _, c := range clouds {
		o := &sample.ParticleOptions{Options: sample.Options{Steps: r.o.Steps, Seed: r.seed + 4, Workers: r.o.Workers}}
		res, err := sample.RunParticles(ctx, c.target, sample.DDIM{Eta: 1}, 1, r.o.Rows, o)
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
