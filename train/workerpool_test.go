package train

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// A wake-up can come late: the caller has begun a phase, and before it looks who sleeps, a
// worker does the work of the phase and falls asleep. The worker must not do it twice.
func TestAWorkerIgnoresStaleWakeUps(t *testing.T) {
	p := newWorkerPool(2)
	defer p.close()
	var calls atomic.Int32
	sleeping := func() {
		for !p.asleep[1].Load() {
			runtime.Gosched()
		}
	}
	for phase := range int32(20) {
		p.run(func(member int) { calls.Add(int32(member)) })
		sleeping()
		if p.asleep[1].Swap(false) {
			p.parked[1] <- struct{}{}
		}
		sleeping()
		if n := calls.Load(); n != phase+1 || p.left.Load() != 0 {
			t.Fatalf("%d calls after %d phases, %d workers left", n, phase+1, p.left.Load())
		}
	}
}
