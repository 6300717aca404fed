package main

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

func (a *app) benchTrainCommand() *cobra.Command {
	var o benchFlags
	var batch, steps int
	c := &cobra.Command{
		Use:   "train",
		Short: "Measure training steps",
		Long: `Measure training steps as the train command takes them: drawing rows, times and
noise, forward and backward pass, clipping, AdamW and the average of the
parameters, on a table of rows from a mixture.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if batch < 1 || steps < 0 {
				return badUsage("--batch is %d and --steps %d: give positive numbers", batch, steps)
			}
			if steps > 0 && c.Flags().Changed("seconds") {
				return badUsage("give --steps or --seconds, not both")
			}
			if err := o.check(); err != nil {
				return err
			}
			return a.benchTrain(c.Context(), &o, batch, steps)
		},
	}
	o.define(c.Flags())
	c.Flags().IntVar(&batch, "batch", 512, "rows per step")
	c.Flags().IntVar(&steps, "steps", 0, "measure this many steps (default: as many as --seconds holds)")
	return c
}

func (a *app) benchTrain(ctx context.Context, o *benchFlags, batch, steps int) error {
	workers := []int{a.workers}
	if o.scaling {
		workers = append(workers, 1)
	}
	var runs []*trainBench
	for _, w := range workers {
		b, err := newTrainBench(o, a.seed, batch, w)
		if err != nil {
			return err
		}
		runs = append(runs, b)
	}
	rounds := benchRounds
	if steps > 0 {
		rounds = 1
	}
	peak := measurePeak()
	err := o.profiled(func() error {
		return inTurn(runs, rounds, func(b *trainBench) error { return b.run(ctx, steps, o.share(len(runs))) })
	})
	if err != nil {
		return err
	}
	peak = max(peak, measurePeak())
	b := runs[0]
	r := &benchReport{
		Bench: "train", Dim: o.dim, Hidden: o.hidden, Layers: o.layers, FiLM: o.film, Batch: batch,
		Workers: a.workers, Steps: b.watch.steps, MsPerStep: summarise(b.watch.ms),
		AllocsPerStep: float64(b.heap.objects) / float64(b.watch.steps),
		BytesPerStep:  float64(b.heap.bytes) / float64(b.watch.steps),
	}
	if o.scaling {
		t := summarise(runs[1].watch.ms)
		r.OneWorker = &t
	}
	r.finish(batch, float64(batch)*(forwardFlop(b.net)+backwardFlop(b.net)), peak)
	return a.printBench(r, o.json)
}

// trainBench is a training run that is stopped and resumed for measurement.
type trainBench struct {
	net     nn.MLP
	trainer *train.Trainer
	watch   *stopwatch
	heap    heap // allocated during the measured steps
}

// benchRows is the size of the table: some hundred batches, and no more than
// fits into the caches that tables usually stay in.
const benchRows = 1 << 16

func newTrainBench(o *benchFlags, seed uint64, batch, workers int) (*trainBench, error) {
	m, err := o.model(seed)
	if err != nil {
		return nil, err
	}
	x, rng := mat.NewDense(benchRows, o.dim, nil), stream.New(seed, "bench/data")
	for i := range benchRows {
		row := x.RawRowView(i)
		for j := range row {
			row[j] = 0.95*float64(2*rng.IntN(2)-1) + 0.31*rng.NormFloat64()
		}
	}
	cfg, err := benchTraining(m.Sched)
	if err != nil {
		return nil, err
	}
	cfg.Batch, cfg.Seed, cfg.Workers = batch, seed, workers
	t, err := train.New(m, train.Data{X: x}, train.Data{}, cfg)
	if err != nil {
		return nil, err
	}
	return &trainBench{net: m.Net, trainer: t, watch: newStopwatch()}, nil
}

// benchTraining is what the train command does when nothing is asked of it,
// without an end and without reports.
func benchTraining(sched sde.Schedule) (train.Config, error) {
	var o trainFlags
	trainFlagSet(&o)
	times, err := losses.ParseTimes(o.times)
	if err != nil {
		return train.Config{}, err
	}
	weight, err := losses.ParseWeighting(o.weighting)
	if err != nil {
		return train.Config{}, err
	}
	obj := losses.Denoising{Sched: sched, Times: times, Weight: weight}
	return train.Config{
		Steps: math.MaxInt32, Every: math.MaxInt32, Objective: obj, Clip: o.clip, EMA: o.ema,
		Rate: train.Rate{Peak: o.lr, Decay: o.rate},
	}, obj.Validate()
}

var errMeasured = errors.New("measured")

// run measures steps, or for so long if there are none given, after a few that
// bring the memory back into the caches.
func (b *trainBench) run(ctx context.Context, steps int, long time.Duration) error {
	p := &pacer{Context: ctx, b: b, steps: steps, long: long}
	first := b.trainer.Step()
	if err := b.trainer.Run(p); !errors.Is(err, errMeasured) {
		if err == nil {
			err = errors.New("bench: the training ended by itself")
		}
		return err
	}
	if b.trainer.Step()-first != warmSteps+p.done {
		panic("bench: a step is not one look at the context")
	}
	return nil
}

const warmSteps = 5

// pacer is a context for training, which looks at it once before every step:
// there steps are timed, between reports and without their cost.
type pacer struct {
	context.Context
	b           *trainBench
	steps       int
	long        time.Duration
	looks, done int
	begin       time.Time
	before      heap
}

// Err ends a step, and the training when there are enough.
func (p *pacer) Err() error {
	if err := p.Context.Err(); err != nil {
		return err
	}
	switch p.looks++; {
	case p.looks <= warmSteps:
		return nil
	case p.looks == warmSteps+1:
		p.before, p.begin = heapNow(), time.Now()
		p.b.watch.start()
		return nil
	}
	p.done++
	p.b.watch.lap(1)
	if p.done < p.steps || p.steps == 0 && time.Since(p.begin) < p.long {
		return nil
	}
	p.b.watch.stop()
	h := p.before.since()
	p.b.heap.objects += h.objects
	p.b.heap.bytes += h.bytes
	return errMeasured
}
