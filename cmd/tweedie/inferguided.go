package main

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
	"tweedie/guide/spec"
	"tweedie/train/sbi"
)

// guidedFlags change a posterior after training.
type guidedFlags struct {
	compose, swap, guide string
	temper               float64
	particles            int
	evidence             bool
}

func (o *guidedFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.compose, "compose", "", "take the observations as independent data of one set of parameters: auto-gauss, jac, gauss or fnpe")
	f.Float64Var(&o.temper, "temper", 1, "power of the likelihood of each observation")
	f.StringVar(&o.swap, "prior-swap", "", "another prior, in the place of that of the simulations: file of YAML, or task:NAME")
	f.StringVar(&o.guide, "guide", "", "YAML file of bounds, rewards and observations by formulas of the parameters")
	f.IntVar(&o.particles, "particles", 0, "weight so many particles of a group, which makes draws of --prior-swap and --guide exact in their number")
	f.BoolVar(&o.evidence, "evidence", false, "print the log evidence of what guides the posterior, with --particles")
	complete(c, "compose", sbi.Compositions()...)
	completeFile(c, "prior-swap", "yaml")
	completeFile(c, "guide", "yaml")
}

// guides reports whether anything is changed.
func (o *guidedFlags) guides(changed func(string) bool) bool {
	return changed("compose") || changed("temper") || changed("prior-swap") || changed("guide")
}

func (o *guidedFlags) check(changed func(string) bool) error {
	if !o.guides(changed) {
		for _, flag := range []string{"particles", "evidence"} {
			if changed(flag) {
				return badUsage("--%s is of a posterior that something guides: give --compose, --temper, --prior-swap or --guide", flag)
			}
		}
		return nil
	}
	for _, flag := range []string{"map", "log-prob", "rounds"} {
		if changed(flag) {
			return badUsage("--%s is of the posterior as it was trained: leave --compose, --temper, --prior-swap and --guide away", flag)
		}
	}
	if !(o.temper > 0) || math.IsInf(o.temper, 0) {
		return badUsage("--temper is %v: give a positive power", o.temper)
	}
	if o.temper > sbi.MostPower {
		return badUsage("--temper is %v: give at most %d, beyond which the posterior is a point", o.temper, sbi.MostPower)
	}
	if changed("compose") {
		if err := sbi.CheckComposition(o.compose); err != nil {
			return badUsage("--compose: %v", err)
		}
	}
	if changed("particles") && o.particles != 0 && (changed("compose") || o.temper != 1) {
		return badUsage("--particles do not reach the law of --compose or --temper, and --evidence has no value of it: leave them away; compare --compose auto-gauss with jac, or weight draws by --log-prob of each observation (docs/howto/combine-observations.md)")
	}
	if o.evidence && !changed("particles") {
		return badUsage("--evidence needs --particles, of which it is the mean weight")
	}
	if changed("particles") {
		return between("particles", o.particles, 2, 1_000_000)
	}
	return nil
}

// drawer is a posterior, guided or not.
type drawer interface {
	Model() *sbi.Model
	SampleRows(ctx context.Context, n, first, rows int, o *sbi.DrawOptions) (*sbi.Draws, error)
}

// guidedPosterior is the posterior that the flags ask for, and its observations: one, of a
// composition.
func (a *app) guidedPosterior(ctx context.Context, o *inferFlags, post *sbi.Posterior, obs *sbi.Observations, opts *sbi.DrawOptions) (drawer, *sbi.Observations, error) {
	if !o.guides(o.changed) {
		return post, obs, nil
	}
	g := sbi.Guidance{Compose: o.compose, Power: o.temper, Particles: o.particles}
	var err error
	if o.swap != "" {
		if g.Prior, err = simulators.OpenPrior(o.swap); err != nil {
			return nil, nil, err
		}
	}
	if o.guide != "" {
		if g.Guide, err = spec.Read(o.guide); err != nil {
			return nil, nil, err
		}
	}
	q, err := post.Guided(ctx, g, &sbi.DrawOptions{Seed: opts.Seed, Workers: opts.Workers, Sampler: opts.Sampler, NFE: opts.NFE})
	if err != nil {
		return nil, nil, err
	}
	if obs.Rows() > q.Posteriors() {
		obs = &sbi.Observations{X: mat.NewDense(1, obs.X.RawMatrix().Cols, nil)} // without labels
	}
	if o.evidence {
		err = a.printEvidence(ctx, q, obs, opts)
	}
	return q, obs, err
}

// printEvidence says what the data say of the change.
func (a *app) printEvidence(ctx context.Context, q *sbi.Guided, obs *sbi.Observations, opts *sbi.DrawOptions) error {
	log, sd, err := q.Evidence(ctx, &sbi.DrawOptions{Seed: opts.Seed, Workers: opts.Workers, Sampler: opts.Sampler, NFE: opts.NFE})
	if err != nil {
		return err
	}
	for k, l := range log {
		attrs := []any{"log-evidence", fmt.Sprintf("%.4f", l), "standard-error", fmt.Sprintf("%.4f", sd[k])}
		if len(log) > 1 {
			attrs = append([]any{"observation", obs.Label(k)}, attrs...)
		}
		a.log.Info("evidence", attrs...)
	}
	return nil
}
