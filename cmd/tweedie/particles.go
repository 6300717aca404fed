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
	case o.guide.file == "" && o.guide.classifier == "" && len(o.guide.where) == 0:
		return badUsage("--particles weights rows by what is known of them: give --guide, --classifier or --where")
	case o.guide.cfg != 1 || len(o.guide.given) > 0 || o.guide.balance != "":
		return badUsage("--particles does not go with --given, --balance or --cfg yet: use one or the other")
	case o.changed("where-by"):
		return badUsage("--where-by is for rows without --particles, which guide, weight and check them")
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
	r, err := o.guide.request(b, a.seed)
	if err != nil {
		return err
	}
	terms, err := o.guide.terms(b)
	if err != nil {
		return err
	}
	if terms = append(terms, r.terms()...); len(terms) == 0 {
		return badUsage("--particles: there is nothing to weight by in these conditions; leave it away")
	}
	post := guide.New(b.model, terms...)
	if err := post.Err(); err != nil {
		return usage{err}
	}
	out, err := a.heldOutput(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	w := newTableWriter(out, o.out, b.codec, 0, a.seed)
	if r.where == nil {
		r.where = &where{} // that all rows satisfy
	}
	s := newSieve(r.where, o.rows, 1)
	for groups := 0; !s.done(); {
		more := (o.rows - s.kept + o.particles - 1) / o.particles
		x, err := a.cloud(ctx, o, sample.TDS{Model: b.model, Guided: post}, m, groups, more)
		if err != nil {
			return err
		}
		groups += more
		if err := w.write(x, nil, s.keep); err != nil {
			return err
		}
		if s.hopeless() {
			return s.err("particles")
		}
	}
	if err := w.w.Close(); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if len(o.guide.where) > 0 {
		a.log.Info("rows that satisfy the conditions", "by", "particles", "share", fmt.Sprintf("%.4g", s.share()), "of", s.tried)
	}
	return nil
}

// cloud draws groups of particles, from group first on, and returns as many
// rows of each, by their weights.
func (a *app) cloud(ctx context.Context, o *sampleFlags, target sample.Target, m sample.Method, first, groups int) (*mat.Dense, error) {
	opts := *o.options()
	opts.Steps, opts.NFE, opts.Temperature = o.evaluations(), 0, 0
	opts.Seed, opts.Workers, opts.First = a.seed, a.workers, first
	cloud, err := sample.RunParticles(ctx, target, m, groups, o.particles, &sample.ParticleOptions{Options: opts})
	if err != nil {
		return nil, err
	}
	if first == 0 {
		for _, c := range cloud.Caveats {
			a.log.Warn("approximate", "why", c)
		}
	}
	x, err := cloud.Draw(o.particles, a.seed+uint64(first)) // of each group, in no order that matters
	if err != nil {
		return nil, err
	}
	a.log.Info("sample", "rows", o.rows, "groups", groups, "particles", o.particles,
		"log-evidence", fmt.Sprintf("%.4f", cloud.MeanLogEvidence()), "ess", fmt.Sprintf("%.1f", lastESS(cloud)))
	return x, nil
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
