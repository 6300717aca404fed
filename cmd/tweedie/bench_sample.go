package main

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

func (a *app) benchSampleCommand() *cobra.Command {
	var o benchFlags
	var s sampleFlags
	c := &cobra.Command{
		Use:   "sample",
		Short: "Measure sampling",
		Long: `Measure sampling: runs that draw all rows, one after the other. A step moves all
rows of a run; allocations are counted per step of one block of rows.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.rows < 1 || s.nfe < 1 {
				return badUsage("--rows is %d and --nfe %d: both must be positive", s.rows, s.nfe)
			}
			if err := o.check(); err != nil {
				return err
			}
			return a.benchSample(c.Context(), &o, &s)
		},
	}
	f := c.Flags()
	o.define(f)
	f.IntVar(&s.rows, "rows", 10000, "rows per run")
	f.IntVar(&s.nfe, "nfe", 50, "denoiser evaluations per row")
	f.StringVar(&s.samplerName, "sampler", "dpmpp2m", strings.Join(sample.SamplerNames(), ", "))
	return c
}

// sampleBench draws the same rows again and again.
type sampleBench struct {
	d      sde.Denoiser
	method sample.Method
	rows   int
	opts   sample.Options
	ms     []float64 // per step, of each run
	steps  int
	nfe    float64
}

func (a *app) benchSample(ctx context.Context, o *benchFlags, s *sampleFlags) error {
	method, err := s.method()
	if err != nil {
		return err
	}
	m, err := o.model(a.seed)
	if err != nil {
		return err
	}
	workers := []int{a.workers}
	if o.scaling {
		workers = append(workers, 1)
	}
	var runs []*sampleBench
	for _, w := range workers {
		runs = append(runs, &sampleBench{
			d: m, method: method, rows: s.rows,
			opts: sample.Options{NFE: s.nfe, Seed: a.seed, Workers: w},
		})
	}
	b := runs[0]
	objects, bytes, err := b.allocations(ctx)
	if err != nil {
		return err
	}
	peak := measurePeak()
	err = o.profiled(func() error {
		return inTurn(runs, benchRounds, func(b *sampleBench) error { return b.run(ctx, o.share(len(runs))) })
	})
	if err != nil {
		return err
	}
	peak = max(peak, measurePeak())
	r := &benchReport{
		Bench: "sample", Dim: o.dim, Hidden: o.hidden, Layers: o.layers, FiLM: o.film,
		Rows: s.rows, NFE: s.nfe, Sampler: s.samplerName, Workers: a.workers,
		Steps: b.steps * len(b.ms), MsPerStep: summarise(b.ms), AllocsPerStep: objects, BytesPerStep: bytes,
	}
	if o.scaling {
		t := summarise(runs[1].ms)
		r.OneWorker = &t
	}
	perStep := b.nfe / float64(b.steps) // evaluations of a row
	r.finish(s.rows, float64(s.rows)*perStep*forwardFlop(m.Net), peak)
	r.RowsPerS /= float64(b.steps)
	return a.printBench(r, o.json)
}

// run draws the rows until the time is over, once at least.
func (b *sampleBench) run(ctx context.Context, long time.Duration) error {
	for start := time.Now(); ; {
		begin := time.Now()
		res, err := sample.Run(ctx, b.d, b.method, b.rows, &b.opts)
		if err != nil {
			return err
		}
		b.steps, b.nfe = len(res.Times)-1, res.NFE
		b.ms = append(b.ms, time.Since(begin).Seconds()*1e3/float64(b.steps))
		if time.Since(start) >= long {
			return nil
		}
	}
}

// allocations of one step of one block of rows, in the second half of its
// trajectory: the least of several runs, for the runtime allocates as well.
func (b *sampleBench) allocations(ctx context.Context) (objects, bytes float64, err error) {
	objects, bytes = math.Inf(1), math.Inf(1)
	for range 4 { // the first compiles the network
		var before heap
		o := b.opts
		o.Workers = 1
		o.Observe = func(e sample.Progress) error {
			switch e.Step {
			case e.Steps / 2:
				before = heapNow()
			case e.Steps:
				h, n := before.since(), float64(e.Steps-e.Steps/2)
				objects, bytes = min(objects, float64(h.objects)/n), min(bytes, float64(h.bytes)/n)
			}
			return nil
		}
		if _, err := sample.Run(ctx, b.d, b.method, min(b.rows, nn.Block), &o); err != nil {
			return 0, 0, err
		}
	}
	return objects, bytes, nil
}
