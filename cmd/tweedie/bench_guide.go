package main

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

func (a *app) benchGuideCommand() *cobra.Command {
	var o benchFlags
	var s sampleFlags
	var modes modesFlags
	var term, pictures string
	c := &cobra.Command{
		Use:   "guide",
		Short: "Measure guided sampling against unguided, or against exact posteriors",
		Long: `Measure guided sampling against unguided, in turn. What guides is
one number: the first column, observed with a normal error of 0.5.

With --problems mixture25, measure how far guided rows are from the exact
posterior: the sliced 1-Wasserstein distance, over random problems with a
mixture of 25 normals in eight dimensions as prior, whose scores are exact. The
distance of exact rows among themselves, and of the prior, always come first.
--trained adds a network trained on draws of the prior, and its error. There
--rows is 500 and --nfe, the number of steps, 100 unless given.`,
		Example: `  tweedie bench guide --guide mmps
  tweedie bench guide --problems mixture25 --remedies --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			modes.rows, modes.steps, modes.json = 500, 100, o.json
			if c.Flags().Changed("rows") {
				modes.rows = s.rows
			}
			if c.Flags().Changed("nfe") {
				modes.steps = s.nfe
			}
			if err := modes.check(c.Flags().Changed); err != nil {
				return err
			}
			if pictures != "" {
				for _, other := range []string{"problems", "json", "guide", "sampler", "rows", "nfe"} {
					if c.Flags().Changed(other) {
						return badUsage("--%s with --pictures, which measures nothing: leave one out", other)
					}
				}
				return a.guidePictures(c.Context(), pictures)
			}
			if modes.problems != "" {
				return a.benchModes(c.Context(), &modes)
			}
			if s.rows < 1 || s.nfe < 1 {
				return badUsage("--rows is %d and --nfe %d: both must be positive", s.rows, s.nfe)
			}
			if err := o.check(); err != nil {
				return err
			}
			return a.benchGuide(c.Context(), &o, &s, term)
		},
	}
	f := c.Flags()
	o.define(f)
	modes.define(f)
	f.IntVar(&s.rows, "rows", 10000, "rows per run")
	f.IntVar(&s.nfe, "nfe", 50, "denoiser evaluations per row")
	f.StringVar(&s.samplerName, "sampler", "dpmpp2m", strings.Join(sample.SamplerNames(), ", "))
	f.StringVar(&term, "guide", "mmps", "dps, pigdm or mmps")
	f.StringVar(&pictures, "pictures", "", "write a PNG of draws of each guide over the exact law to this directory, and measure nothing")
	return c
}

// benchTerm is the term of that name for the benchmark's observation.
func benchTerm(name string, dim int) (guide.Term, error) {
	first := make([]float64, dim)
	first[0] = 1
	obs := sde.Observation{
		A: sde.NewLinearMap(mat.NewDense(1, dim, first)), Y: mat.NewDense(1, 1, []float64{0.5}), Error: sde.NormalError{SD: 0.5},
	}
	switch name {
	case "dps":
		return guide.DPS{Observation: obs}, nil
	case "pigdm":
		return guide.PiGDM{Observation: obs}, nil
	case "mmps":
		return guide.MMPS{Observation: obs}, nil
	}
	return nil, badUsage("--guide %q: use dps, pigdm or mmps", name)
}

func (a *app) benchGuide(ctx context.Context, o *benchFlags, s *sampleFlags, name string) error {
	method, err := s.method()
	if err != nil {
		return err
	}
	term, err := benchTerm(name, o.dim)
	if err != nil {
		return err
	}
	m, err := o.model(a.seed)
	if err != nil {
		return err
	}
	posterior := guide.New(m, term)
	if err := posterior.Err(); err != nil {
		return err
	}
	opts := sample.Options{NFE: s.nfe, Seed: a.seed, Workers: a.workers}
	b := &sampleBench{d: posterior, method: method, rows: s.rows, opts: opts}
	plain := &sampleBench{d: m, method: method, rows: s.rows, opts: opts}
	runs := []*sampleBench{b, plain}
	if o.scaling {
		opts.Workers = 1
		runs = append(runs, &sampleBench{d: posterior, method: method, rows: s.rows, opts: opts})
	}
	r := &benchReport{
		Bench: "guide", Dim: o.dim, Hidden: o.hidden, Layers: o.layers, FiLM: o.film,
		Rows: s.rows, NFE: s.nfe, Sampler: s.samplerName, Guide: name, Workers: a.workers,
	}
	if r.AllocsPerStep, r.BytesPerStep, err = b.allocations(ctx); err != nil {
		return err
	}
	if r.Pullbacks, err = b.pullbacks(ctx, m, term); err != nil {
		return err
	}
	peak := measurePeak()
	if err := o.profiled(func() error {
		return inTurn(runs, benchRounds, func(b *sampleBench) error { return b.run(ctx, o.share(len(runs))) })
	}); err != nil {
		return err
	}
	peak = max(peak, measurePeak())
	r.Steps, r.MsPerStep = b.steps*len(b.ms), summarise(b.ms)
	unguided := summarise(plain.ms)
	if r.Unguided = &unguided; o.scaling {
		t := summarise(runs[2].ms)
		r.OneWorker = &t
	}
	perStep := b.nfe / float64(b.steps) * (forwardFlop(m.Net) + r.Pullbacks*pullbackFlop(m.Net))
	r.finish(s.rows, float64(s.rows)*perStep, peak)
	r.RowsPerS /= float64(b.steps)
	return a.printBench(r, o.json)
}

// pullbacks is the mean number of backward passes per evaluation of a row.
func (b *sampleBench) pullbacks(ctx context.Context, m *nn.Model, term guide.Term) (float64, error) {
	c := &counted{Model: m}
	if _, err := sample.Run(ctx, guide.New(c, term), b.method, min(b.rows, nn.Block), &b.opts); err != nil {
		return 0, err
	}
	return float64(c.pulls.Load()) / float64(c.evals.Load()), nil
}

// counted is a model that counts the rows it evaluates and pulls back.
type counted struct {
	*nn.Model
	evals, pulls atomic.Int64
}

func (c *counted) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	c.evals.Add(int64(n))
	return c.Model.Denoise(dst, x, t)
}

func (c *counted) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	n, _ := x.Dims()
	c.evals.Add(int64(n))
	pull, err := c.Model.Linearize(mean, x, t)
	if err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error {
		n, _ := v.Dims()
		c.pulls.Add(int64(n))
		return pull(dst, v)
	}, nil
}
