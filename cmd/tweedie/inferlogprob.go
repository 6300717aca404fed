package main

import (
	"cmp"
	"context"

	"tweedie/datasets"
	"tweedie/train/sbi"
)

// inferLogProb writes the log densities of given parameters.
func (a *app) inferLogProb(ctx context.Context, o *inferFlags, post *sbi.Posterior, obs *sbi.Observations) error {
	src, err := a.table(ctx, o.logProb)
	if err != nil {
		return err
	}
	theta, of, err := post.Model().ReadTheta(src, obs)
	if err != nil {
		return err
	}
	a.caveats(post.Caveats())
	if obs.Rows() > 1 {
		if post, err = post.Of(of); err != nil {
			return err
		}
	}
	p := a.progress("infer", len(of))
	logp, err := post.LogProb(ctx, theta, &sbi.DrawOptions{Seed: a.seed, Workers: a.workers, Progress: p.rows})
	if err != nil {
		return err
	}
	p.set(len(of), "") // those outside of the support of the prior take no time
	p.finish()
	return a.writeTables(0, []string{cmp.Or(o.out, "-")}, []*datasets.Cells{obs.LogProbTable(logp, of)})
}
