package main

import (
	"cmp"
	"context"

	"gonum.org/v1/gonum/mat"
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
	total, width := theta.Dims()
	first, n := o.part.Range(total, 1)
	of = of[first : first+n]
	p := a.progress("infer", n)
	var logp []float64
	if n > 0 { // there may be fewer rows than parts
		if obs.Rows() > 1 {
			if post, err = post.Of(of); err != nil {
				return err
			}
		}
		part := theta.Slice(first, first+n, 0, width).(*mat.Dense)
		if logp, err = post.LogProb(ctx, part, &sbi.DrawOptions{Seed: a.seed, Workers: a.workers, Progress: p.rows}); err != nil {
			return err
		}
	}
	p.set(n, "")
	p.finish()
	if err := a.writeTables(first, []string{cmp.Or(o.out, "-")}, []*datasets.Cells{obs.LogProbTable(logp, of)}); err != nil {
		return err
	}
	return a.writeManifests(&o.shardFlags, []string{o.out}, nil, first, n, total, nil)
}
