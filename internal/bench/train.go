package bench

import (
	"context"
	"errors"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/train"
)

// Train measures training steps of batch rows, with the defaults of package train: the
// draws of rows, times and noise, forward and backward pass, clipping, AdamW and the
// average of the parameters. The rows are from a mixture. It measures so many steps, or
// as many as fit into Duration if steps is 0.
func Train(ctx context.Context, o *Options, batch, steps int) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	var runs []*trainBench
	for _, w := range o.workers() {
		b, err := newTrainBench(o, batch, w)
		if err != nil {
			return nil, err
		}
		runs = append(runs, b)
	}
	n := rounds
	if steps > 0 {
		n = 1
	}
	peak, err := inTurn(o, runs, n, func(b *trainBench) error { return b.run(ctx, steps, o.share(len(runs))) })
	if err != nil {
		return nil, err
	}
	b := runs[0]
	r := &Report{Bench: "train", Network: o.Network, Workers: o.Workers, Batch: batch, Steps: b.watch.steps, MsPerStep: *summarize(b.watch.ms)}
	r.AllocsPerStep = float64(b.heap.objects) / float64(b.watch.steps)
	r.BytesPerStep = float64(b.heap.bytes) / float64(b.watch.steps)
	if o.Scaling {
		r.OneWorker = summarize(runs[1].watch.ms)
	}
	forward, backward, _ := flop(b.net)
	r.finish(float64(batch), float64(batch)*(forward+backward), peak)
	return r, nil
}

// trainBench is a training run that is stopped and resumed for measurement.
type trainBench struct {
	net     nn.MLP
	trainer *train.Trainer
	watch   *stopwatch
	heap    heap // allocated during the measured steps
}

// tableRows is the size of the table: some hundred batches, and it fits into the
// caches that hold most tables.
const tableRows = 1 << 16

func newTrainBench(o *Options, batch, workers int) (*trainBench, error) {
	m, err := o.Model(o.Seed)
	if err != nil {
		return nil, err
	}
	x, rng := mat.NewDense(tableRows, o.Dim, nil), stream.New(o.Seed, "bench/data")
	for i := range tableRows {
		row := x.RawRowView(i)
		for j := range row {
			row[j] = 0.95*float64(2*rng.IntN(2)-1) + 0.31*rng.NormFloat64()
		}
	}
	t, err := train.New(m, train.Data{X: x}, train.Data{}, train.Config{
		Steps: math.MaxInt32, Every: math.MaxInt32, Batch: batch, Seed: o.Seed, Workers: workers,
		Objective: Loss(m.Sched),
	})
	if err != nil {
		return nil, err
	}
	return &trainBench{net: m.Net, trainer: t, watch: newStopwatch(o.Clock)}, nil
}

var errMeasured = errors.New("measured")

// run measures so many steps, or as many as fit into the time if steps is 0. The first
// warmSteps are not measured: they bring the memory back into the caches.
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
		panic("bench: training does not look at its context once per step")
	}
	return nil
}

const warmSteps = 5

// pacer is a context for training, which calls Err once before every step. The calls
// are the marks that steps are timed by.
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
	now := p.b.watch.now
	switch p.looks++; {
	case p.looks <= warmSteps:
		return nil
	case p.looks == warmSteps+1:
		p.before, p.begin = heapNow(), now()
		p.b.watch.start()
		return nil
	}
	p.done++
	p.b.watch.lap(1)
	if p.done < p.steps || p.steps == 0 && now().Sub(p.begin) < p.long {
		return nil
	}
	p.b.watch.stop()
	h := p.before.since()
	p.b.heap.objects += h.objects
	p.b.heap.bytes += h.bytes
	return errMeasured
}
