package boost

import "tweedie/internal/parallel"

// block is the number of independent rows that are one unit of work.
const block = 1024

// blocks calls do on the consecutive ranges of at most block rows of [0,n).
func blocks(workers, n int, do func(lo, hi int)) {
	parallel.For(workers, (n+block-1)/block, func(i int) { do(i*block, min((i+1)*block, n)) })
}
