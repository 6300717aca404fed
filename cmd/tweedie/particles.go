package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
)

// particleChecks refuses what particles cannot honour.
func (o *sampleFlags) particleChecks() error {
	if err := between("particles", o.particles, 2, maxRows); err != nil {
		return err
	}
	switch {
	case o.guide.file == "" && o.guide.classifier == "":
		return badUsage("--particles weights rows by what is known of them: give --guide or --classifier")
	case o.guide.cfg != 1 || len(o.guide.given) > 0:
		return badUsage("--particles does not go with --given or --cfg yet: use one or the other")
	case o.shard != "":
		return badUsage("--particles draws its rows together: leave --shard away, and give each part a --seed of its own")
	case o.temperature != 1:
		return badUsage("--particles has no --temperature: its weights are for the noise as it is")
	}
	if !o.changed("sampler") { // the default has no noise, and so no weights
		o.sampler = "ddim"
		if !o.changed("eta") {
			o.eta = 1
		}
	}
	return nil
}

// sampleParticles draws rows by the twisted diffusion sampler: groups of
// particles that follow the guide, with weights that undo what is approximate
// in it.
func (a *app) sampleParticles(ctx context.Context, o *sampleFlags, b *bundle) error {
	if len(b.model.Conds) > 0 {
		return badUsage("%s has label columns: --particles is for models without, yet", o.model)
	}
	m, err := o.on(b.model.Schedule())
	if err != nil {
		return err
	}
	terms, err := o.guide.terms(b)
	if err != nil {
		return err
	}
	post := guide.New(b.model, terms...)
	if err := post.Err(); err != nil {
		return usage{err}
	}
	out, err := a.output(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	opts := *o.options()
	opts.Steps, opts.NFE, opts.Temperature = o.evaluations(), 0, 0
	opts.Seed, opts.Workers = a.seed, a.workers
	groups := (o.rows + o.particles - 1) / o.particles
	cloud, err := sample.RunParticles(ctx, sample.TDS{Model: b.model, Guided: post}, m, groups, o.particles, &sample.ParticleOptions{Options: opts})
	if err != nil {
		return err
	}
	for _, c := range cloud.Caveats {
		a.log.Warn("approximate", "why", c)
	}
	x, err := cloud.Draw(o.particles, a.seed) // of each group, in no order that matters
	if err != nil {
		return err
	}
	rows := x.Slice(0, o.rows, 0, b.model.Dim()).(*mat.Dense)
	if err := newTableWriter(out, o.out, b.codec, 0, a.seed).finish(rows, nil); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	a.log.Info("sample", "rows", o.rows, "groups", groups, "particles", o.particles,
		"log-evidence", fmt.Sprintf("%.4f", cloud.MeanLogEvidence()), "ess", fmt.Sprintf("%.1f", lastESS(cloud)))
	return nil
}

// lastESS is the mean effective number of particles at the end, of the groups
// that have not collapsed.
func lastESS(c *sample.Cloud) float64 {
	sum, n := 0.0, 0
	for g, e := range c.ESS {
		if c.Collapsed[g] < 0 && len(e) > 0 {
			sum, n = sum+e[len(e)-1], n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}
