package train

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// workerPool runs the same function on several goroutines, again and again, with
// little delay between calls: a step of a small network takes less time than waking a
// parked goroutine. Idle workers spin for some µs, then offer their core to other threads for
// some 100 µs, and only then park. The caller is worker 0.
type workerPool struct {
	n      int
	offers int // how often a worker offers its core before it parks
	fn     func(member int)
	phase  atomic.Uint32 // counts the calls of run
	left   atomic.Int32  // members that have not finished it
	parked []chan struct{}
	asleep []atomic.Bool
	stop   bool
	done   sync.WaitGroup
}

// spins is how often a worker looks for work at first, and offers how often it does so between
// system calls: less than parking costs, after which a core may sleep and has to be woken.
// Spinning as long would keep a thread from working that waits for the core.
const (
	spins  = 4000
	offers = 300
)

func newWorkerPool(n int) *workerPool {
	t := &workerPool{n: n, parked: make([]chan struct{}, n), asleep: make([]atomic.Bool, n)}
	if n <= runtime.GOMAXPROCS(0) { // otherwise goroutines wait, not threads
		t.offers = offers
	}
	for i := 1; i < n; i++ {
		t.parked[i] = make(chan struct{}, 1)
		t.done.Go(func() { t.member(i) })
	}
	return t
}

// run calls fn(0) … fn(n−1) concurrently and returns when all have returned.
func (t *workerPool) run(fn func(member int)) {
	if t.n == 1 {
		fn(0)
		return
	}
	t.fn = fn
	t.left.Store(int32(t.n - 1))
	t.wake()
	fn(0)
	for i := 0; t.left.Load() != 0; i++ {
		if i > spins {
			offerCore()
			runtime.Gosched()
		}
	}
}

func (t *workerPool) wake() {
	t.phase.Add(1)
	for i := 1; i < t.n; i++ {
		if t.asleep[i].Swap(false) {
			t.parked[i] <- struct{}{}
		}
	}
}

func (t *workerPool) member(i int) {
	seen := uint32(0)
	for {
		t.await(i, seen)
		seen++
		if t.stop {
			return
		}
		t.fn(i)
		t.left.Add(-1)
	}
}

// await returns when the phase has moved past seen. A wake-up may be stale: sent for
// the phase seen, to a worker that saw it before, did its work and fell asleep again.
func (t *workerPool) await(i int, seen uint32) {
	for {
		for range spins {
			if t.phase.Load() != seen {
				return
			}
		}
		for range t.offers {
			offerCore()
			if t.phase.Load() != seen {
				return
			}
		}
		t.asleep[i].Store(true)
		if t.phase.Load() != seen && t.asleep[i].Swap(false) {
			return // the work came while falling asleep, and nobody has sent the wake-up
		}
		<-t.parked[i]
	}
}

// close ends the workers. The pool must be idle.
func (t *workerPool) close() {
	t.stop = true
	t.wake()
	t.done.Wait()
}
