// Package parallel spreads independent calls over goroutines.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// For calls do(i) for i in [0, n) on up to workers goroutines, GOMAXPROCS if
// workers is 0, and returns when all calls have. The calls must write to different
// places, so that the result does not depend on the number of workers.
func For(workers, n int, do func(i int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
