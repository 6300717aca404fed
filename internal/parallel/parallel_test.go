package parallel

import (
	"sync/atomic"
	"testing"
)

func TestForCallsOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 3, 50} {
		for _, n := range []int{0, 1, 2, 17} {
			calls := make([]atomic.Int64, n)
			For(workers, n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if c := calls[i].Load(); c != 1 {
					t.Errorf("%d workers, %d calls: %d is called %d times", workers, n, i, c)
				}
			}
		}
	}
}
