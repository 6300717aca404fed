package sample

import (
	"cmp"
	"context"
	"runtime"
	"sync"
)

const defaultBlock = 128

// block is a range of rows of a run. No two blocks in flight share a slot, so
// slots number the buffers that blocks need.
type block struct{ first, rows, slot, worker int }

// pool cuts n rows into blocks.
type pool struct{ rows, size, workers int }

func newPool(rows, size, workers int) pool {
	size = cmp.Or(size, defaultBlock)
	workers = cmp.Or(workers, runtime.GOMAXPROCS(0))
	if rows <= 0 || size < 0 || workers < 0 {
		panic("sample: non-positive number of rows, block size or workers")
	}
	return pool{rows, size, min(workers, (rows+size-1)/size)}
}

// slots is the largest number of blocks in flight.
func (p pool) slots() int { return 2 * p.workers }

// run calls work for each block from p.workers goroutines, and then done for
// each block in row order from the calling goroutine. The first error in row
// order ends the run and is returned with the number of rows before it, so
// that neither depends on the number of workers. No goroutine outlives the call.
func (p pool) run(ctx context.Context, work func(context.Context, block) error, done func(block) error) (int, error) {
	type job struct {
		block
		err   error
		ready chan struct{}
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	// queue bounds the blocks in flight; one more is held by the loop below.
	queue, jobs := make(chan *job, p.slots()-1), make(chan *job)
	wg.Go(func() {
		defer close(queue)
		defer close(jobs)
		for first, k := 0, 0; first < p.rows; first, k = first+p.size, k+1 {
			j := &job{block: block{first: first, rows: min(p.size, p.rows-first), slot: k % p.slots()}, ready: make(chan struct{})}
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
			jobs <- j
		}
	})
	for w := range p.workers {
		wg.Go(func() {
			for j := range jobs {
				if j.worker = w; ctx.Err() != nil {
					j.err = ctx.Err()
				} else {
					j.err = work(ctx, j.block)
				}
				close(j.ready)
			}
		})
	}
	rows := 0
	for j := range queue {
		<-j.ready
		if j.err != nil {
			return rows, j.err
		}
		if err := done(j.block); err != nil {
			return rows, err
		}
		rows += j.rows
	}
	if rows < p.rows {
		return rows, ctx.Err()
	}
	return rows, nil
}
