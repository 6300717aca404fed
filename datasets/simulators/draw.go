package simulators

import (
	"context"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/datasets/shard"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// block is the number of rows that a worker simulates at a time, of a task that does not say.
const block = 256

// batched is a task whose rows are independent of each other in batches alone.
type batched interface{ Batch() int }

// BatchOf is the number of rows whose data are drawn together: 1 but for a Program. Parts of a
// drawing that begin at its multiples have the rows of the whole.
func BatchOf(t Task) int {
	if b, ok := t.(batched); ok {
		return b.Batch()
	}
	return 1
}

// Drawing says which rows of parameters and data are drawn.
type Drawing struct {
	Prior   *prior.Prior // nil for that of the task
	Theta   *mat.Dense   // parameters to simulate with, in place of draws of the prior
	Rows    int          // number of draws, 0 for empty matrices; that of Theta if there is one
	Seed    uint64
	First   int                  // index of the first row
	Workers int                  // goroutines or processes at a time, 0 for one per core; changes no bit
	Done    func(rows int) error // called when so many rows are done, one call at a time; its error ends the run
}

// Part is the drawing of a part of the rows of d, of a task: those that the whole has there, in
// whole batches, so that there may be none.
func (d Drawing) Part(t Task, p shard.Part) *Drawing {
	first, rows := p.Batches(d.Rows, BatchOf(t))
	d.First, d.Rows = d.First+first, rows
	return &d
}

// Draw draws rows first, first+1, … of θ ~ p, of the prior of the task if p is nil, and
// of x|θ. It errs as Drawing.Run does.
func Draw(ctx context.Context, t Task, p *prior.Prior, rows int, seed uint64, first, workers int) (theta, x *mat.Dense, err error) {
	return (&Drawing{Prior: p, Rows: rows, Seed: seed, First: first, Workers: workers}).Run(ctx, t)
}

// Run draws parameters and simulates data with each. It errs if the prior has not the
// parameters of the task, on a θ that the simulator does not take, which ends it, and when
// ctx is done. Of no rows both are empty.
func (d *Drawing) Run(ctx context.Context, t Task) (theta, x *mat.Dense, err error) {
	p, rows := d.Prior, d.Rows
	if p == nil {
		p = t.Prior()
	}
	if err := Matches(t, p); err != nil {
		return nil, nil, err
	}
	dim, w := t.Dims()
	if rows == 0 && d.Theta == nil {
		return new(mat.Dense), new(mat.Dense), nil
	}
	if theta = d.Theta; theta == nil {
		theta = mat.NewDense(rows, dim, nil)
	}
	rows, _ = theta.Dims()
	size := block
	if b, ok := t.(batched); ok {
		size = b.Batch()
	}
	x = mat.NewDense(rows, w, nil)
	errs := make([]error, (rows+size-1)/size)
	var mu sync.Mutex
	failed, done := false, 0
	parallel.For(d.Workers, len(errs), func(k int) {
		mu.Lock()
		stop := failed
		mu.Unlock()
		if stop {
			return
		}
		err := ctx.Err()
		lo, hi := k*size, min((k+1)*size, rows)
		if err == nil {
			part := theta.Slice(lo, hi, 0, dim).(*mat.Dense)
			if d.Theta == nil {
				p.Sample(part, d.Seed, d.First+lo)
			}
			err = t.Simulate(x.Slice(lo, hi, 0, w).(*mat.Dense), part, d.Seed, d.First+lo)
		}
		mu.Lock()
		defer mu.Unlock()
		if done += hi - lo; err == nil && d.Done != nil {
			err = d.Done(done)
		}
		errs[k], failed = err, failed || err != nil
	})
	for _, err := range errs { // blocks start in order, so the first is the same whatever the workers
		if err != nil {
			return nil, nil, err
		}
	}
	return theta, x, nil
}

// Observation returns the n-th observation of a task, n ≥ 1, and the θ that it was
// simulated with: draws of the prior and the simulator that depend on the task and n
// alone. The observations of the benchmark are others, see ReadObservation.
func Observation(t Task, n int) (theta, x []float64, err error) {
	a, b, err := Draw(context.Background(), t, nil, 1, stream.Seed(0, "simulators/observation/"+t.Name()), n-1, 1)
	if err != nil {
		return nil, nil, err
	}
	return a.RawRowView(0), b.RawRowView(0), nil
}

// Observed returns observation n of a task, n ≥ 1, and the θ it was simulated with: that of
// Observation or, from a folder with the files of the benchmark, of ReadObservation.
func Observed(t Task, n int, benchmark string) (theta, x *mat.Dense, err error) {
	var th, row []float64
	if benchmark == "" {
		th, row, err = Observation(t, n)
	} else {
		var b *Benchmark
		if b, err = ReadObservation(benchmark, t, n, false); err == nil {
			th, row = b.Theta, b.X
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return mat.NewDense(1, len(th), th), mat.NewDense(1, len(row), row), nil
}
