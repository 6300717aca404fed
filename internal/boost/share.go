package boost

import (
	"sync"
	"sync/atomic"
)

// share calls do(i) for i in [0,n) on up to workers goroutines, and returns
// when all calls have. The calls must write to different places.
func share(workers, n int, do func(i int)) {
	workers = min(workers, n)
	if workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	loop := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			do(i)
		}
	}
	for range workers - 1 {
		wg.Go(loop)
	}
	loop()
	wg.Wait()
}

// block is the number of rows that are one unit of work where rows are
// independent.
const block = 1024

// blocks calls do on the consecutive ranges of at most block rows of [0,n).
func blocks(workers, n int, do func(lo, hi int)) {
	share(workers, (n+block-1)/block, func(i int) { do(i*block, min((i+1)*block, n)) })
}
