package datasets

import (
	"math"
	"slices"
	"testing"
)

func TestSplitIsAPartition(t *testing.T) {
	for _, c := range []struct {
		n        int
		fraction float64
		held     int
	}{
		{0, .5, 0}, {1, .5, 0}, {2, .01, 1}, {2, .99, 1}, {10, 0, 0}, {10, .25, 3}, {1000, .1, 100},
	} {
		train, held := Split(c.n, c.fraction, 7)
		if c.n > 1 && len(held) != c.held {
			t.Errorf("Split(%d, %g) holds %d rows, want %d", c.n, c.fraction, len(held), c.held)
		}
		if !slices.IsSorted(train) || !slices.IsSorted(held) {
			t.Errorf("Split(%d, %g) is not in order", c.n, c.fraction)
		}
		all := slices.Concat(train, held)
		slices.Sort(all)
		for i, v := range all {
			if i != v || len(all) != c.n {
				t.Fatalf("Split(%d, %g) gives the rows %v", c.n, c.fraction, all)
			}
		}
	}
}

// The split is a promise: models trained today are judged on the same rows by
// every later version.
func TestSplitIsPinned(t *testing.T) {
	_, held := Split(20, .3, 1)
	if want := []int{3, 6, 8, 11, 15, 18}; !slices.Equal(held, want) {
		t.Errorf("held %v, want %v", held, want)
	}
	if _, other := Split(20, .3, 2); slices.Equal(held, other) {
		t.Error("the seed is ignored")
	}
}

// Every row is held equally often: 400 splits, each a Bernoulli(0.3) draw for
// the row, so counts are within 5 standard deviations of 120.
func TestSplitIsUniform(t *testing.T) {
	const splits = 400
	var count [50]int
	for seed := range uint64(splits) {
		_, held := Split(len(count), .3, seed)
		for _, i := range held {
			count[i]++
		}
	}
	sd := math.Sqrt(splits * .3 * .7)
	for i, n := range count {
		if math.Abs(float64(n)-splits*.3) > 5*sd {
			t.Errorf("row %d is held %d times of %d", i, n, splits)
		}
	}
}
