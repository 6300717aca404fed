package bench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Sampling says how rows are drawn.
type Sampling struct {
	Name   string // of the method, for the report
	Method sample.Method
	Rows   int    // per run
	NFE    int    // denoiser evaluations per row
	Guide  string // one of Guides; if empty, rows are drawn without
}

// Validate errs for rows that cannot be drawn.
func (s *Sampling) Validate() error {
	if s.Rows < 1 || s.NFE < 1 {
		return fmt.Errorf("%d rows with %d evaluations: both must be positive", s.Rows, s.NFE)
	}
	if s.Guide != "" && !slices.Contains(Guides(), s.Guide) {
		return fmt.Errorf("guide %q: use one of %s", s.Guide, strings.Join(Guides(), ", "))
	}
	return nil
}

// Sample measures runs of a sampler that draw all rows, one after the other. It measures
// guided sampling and the same without the guide in turn.
func Sample(ctx context.Context, o *Options, s *Sampling) (*Report, error) {
	if err := cmp.Or(o.Validate(), s.Validate()); err != nil {
		return nil, err
	}
	m, err := o.Model(o.Seed)
	if err != nil {
		return nil, err
	}
	r := &Report{Bench: "sample", Network: o.Network, Workers: o.Workers, Rows: s.Rows, NFE: s.NFE, Sampler: s.Name, Guide: s.Guide}
	work, _, pull := flop(m.Net) // of an evaluation of a row
	var d sde.Denoiser = m
	var term guide.Term
	if s.Guide != "" {
		r.Bench, term = "guide", newTerm(s.Guide, o.Dim)
		d = guide.New(m, term)
	}
	var runs []*sampleBench
	for _, w := range o.workers() {
		runs = append(runs, o.newSampleBench(d, s, w))
	}
	b, plain := runs[0], o.newSampleBench(m, s, o.Workers)
	if r.AllocsPerStep, r.BytesPerStep, err = b.allocations(ctx); err != nil {
		return nil, err
	}
	if term != nil {
		runs = append(runs, plain)
		if r.Pullbacks, err = b.pullbacks(ctx, m, term); err != nil {
			return nil, err
		}
	}
	peak, err := inTurn(o, runs, rounds, func(b *sampleBench) error { return b.run(ctx, o.Clock, o.share(len(runs))) })
	if err != nil {
		return nil, err
	}
	if o.Scaling {
		r.OneWorker = summarize(runs[1].ms)
	}
	if term != nil {
		r.Unguided = summarize(plain.ms)
	}
	r.Steps, r.MsPerStep = b.steps*len(b.ms), *summarize(b.ms)
	perStep := float64(s.Rows) * b.nfe / float64(b.steps) // evaluations
	r.finish(float64(s.Rows)/float64(b.steps), perStep*(work+r.Pullbacks*pull), peak)
	return r, nil
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

func (o *Options) newSampleBench(d sde.Denoiser, s *Sampling, workers int) *sampleBench {
	return &sampleBench{d: d, method: s.Method, rows: s.Rows, opts: sample.Options{NFE: s.NFE, Seed: o.Seed, Workers: workers}}
}

// run draws the rows until the time is over, once at least.
func (b *sampleBench) run(ctx context.Context, now func() time.Time, long time.Duration) error {
	for start := now(); ; {
		begin := now()
		res, err := sample.Run(ctx, b.d, b.method, b.rows, &b.opts)
		if err != nil {
			return err
		}
		end := now()
		b.steps, b.nfe = len(res.Times)-1, res.NFE
		b.ms = append(b.ms, end.Sub(begin).Seconds()*1e3/float64(b.steps))
		if end.Sub(start) >= long {
			return nil
		}
	}
}

// allocations returns those of one step of one block of rows, in the second half of
// its trajectory: the least of several runs, for the runtime allocates as well.
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
		if _, err := sample.Run(ctx, b.d, b.method, min(b.rows, nn.BlockRows), &o); err != nil {
			return 0, 0, err
		}
	}
	return objects, bytes, nil
}
