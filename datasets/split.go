package datasets

import (
	"math"
	"slices"

	"tweedie/internal/stream"
)

// Split divides the rows 0 … n-1 at random into two parts, held having
// round(fraction n) of them but, when fraction is positive and n at least 2,
// neither part being empty. Both are in increasing order. The split is a
// function of its arguments. It panics unless 0 ≤ fraction < 1 and n ≥ 0.
func Split(n int, fraction float64, seed uint64) (train, held []int) {
	if n < 0 || !(fraction >= 0 && fraction < 1) {
		panic("datasets: split needs n ≥ 0 and 0 ≤ fraction < 1")
	}
	h := int(math.Round(fraction * float64(n)))
	if fraction > 0 && n >= 2 {
		h = min(max(h, 1), n-1)
	}
	order := stream.New(seed, "datasets/split").Perm(n)
	held, train = order[:h:h], order[h:]
	slices.Sort(held)
	slices.Sort(train)
	return train, held
}
