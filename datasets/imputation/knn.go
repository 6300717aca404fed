package imputation

import (
	"context"
	"fmt"
	"math"

	"tweedie/datasets"
	"tweedie/internal/parallel"
)

// KNN fills a cell with the mean, or the most frequent level, of its column in
// the K nearest rows that know it.
//
// The squared distance of two rows is the mean over the columns that both know
// of (x - y)²/s² for numbers, s their standard deviation, and of
// 2 [x ≠ y] / (1 - Σ_k p_k²) for categories of level shares p, so that every
// column contributes 2 on average between rows drawn at random. That is the
// distance of Troyanskaya et al. 2001 as scikit-learn's KNNImputer has it after
// standardizing, with one-hot categories of total variance 1. Of rows equally
// near, the first counts. A row that shares no column with any that knows the
// cell gets the mean or the most frequent level.
type KNN struct {
	K int // number of neighbors; 0 means 1
}

// Name returns "knn(K)".
func (m KNN) Name() string { return fmt.Sprintf("knn(%d)", max(m.K, 1)) }

// Impute returns one table, draws times. Time is of the order of rows² ×
// columns, on all processors. It errs when a column has no known cell, or K is
// negative.
func (m KNN) Impute(ctx context.Context, c *datasets.Cells, draws int) ([]*datasets.Cells, error) {
	if m.K < 0 {
		return nil, fmt.Errorf("imputation: %d neighbors; give one at least", m.K)
	}
	f := newFrame(c)
	center, err := f.centers()
	if err != nil {
		return nil, err
	}
	s := newSearch(f, max(m.K, 1), center)
	x := make([][]float64, len(f.x))
	for k := range x {
		x[k] = make([]float64, f.rows)
	}
	const block = 64
	parallel.For(0, (f.rows+block-1)/block, func(b int) {
		near := make([]neighbor, 0, s.k+1)
		distance := make([]float64, f.rows)
		for i := b * block; i < min((b+1)*block, f.rows) && ctx.Err() == nil; i++ {
			s.row(x, i, distance, near)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return repeat(f.fill(c, func(k, i int) float64 { return x[k][i] }), draws), nil
}

// search finds neighbors. Rows are stored one after the other.
type search struct {
	f      *frame
	k      int
	center []float64
	z      []float64 // rows×columns, numbers in units of their standard deviation
	weight []float64 // of a difference of levels, 0 for numbers
}

type neighbor struct {
	distance float64
	row      int
}

func newSearch(f *frame, k int, center []float64) *search {
	d := len(f.x)
	s := &search{f: f, k: k, center: center, z: make([]float64, f.rows*d), weight: make([]float64, d)}
	for j, x := range f.x {
		scale := 1.0
		if f.levels[j] > 0 {
			s.weight[j] = levelWeight(x, f.levels[j])
		} else if _, std := moments(x); std > 0 {
			scale = 1 / std
		}
		for i, v := range x {
			s.z[i*d+j] = v * scale
		}
	}
	return s
}

// levelWeight is 2/(1 - Σ_k p_k²).
func levelWeight(x []float64, levels int) float64 {
	count := make([]float64, levels)
	n := 0.0
	for _, v := range x {
		if !math.IsNaN(v) {
			count[int(v)]++
			n++
		}
	}
	pair := 1.0
	for _, c := range count {
		pair -= c / n * (c / n)
	}
	if pair <= 0 {
		return 1 // never differs
	}
	return 2 / pair
}

func (s *search) row(x [][]float64, i int, distance []float64, near []neighbor) {
	measured := false
	for k := range s.f.x {
		if !math.IsNaN(s.f.x[k][i]) {
			continue
		}
		if !measured {
			s.measure(distance, i)
			measured = true
		}
		near = near[:0]
		for r, d := range distance {
			if math.IsNaN(d) || math.IsNaN(s.f.x[k][r]) || len(near) == s.k && d >= near[s.k-1].distance {
				continue
			}
			near = insert(near, neighbor{d, r}, s.k)
		}
		x[k][i] = s.vote(k, near)
	}
}

// measure stores the squared distances of row i, NaN to rows without a common known column.
func (s *search) measure(distance []float64, i int) {
	d := len(s.weight)
	a := s.z[i*d : (i+1)*d]
	for r := range distance {
		b := s.z[r*d : (r+1)*d]
		sum, n := 0.0, 0
		for j, w := range s.weight {
			e := a[j] - b[j]
			if e != e {
				continue
			}
			n++
			switch {
			case w == 0:
				sum += e * e
			case e != 0:
				sum += w
			}
		}
		distance[r] = sum / float64(n) // NaN when n is 0
	}
}

// insert keeps near in increasing order and at most k long.
func insert(near []neighbor, v neighbor, k int) []neighbor {
	near = append(near, v)
	for i := len(near) - 1; i > 0 && near[i].distance < near[i-1].distance; i-- {
		near[i], near[i-1] = near[i-1], near[i]
	}
	return near[:min(k, len(near))]
}

// vote returns the mean of the neighbors' numbers, or their most frequent level, of equals
// that of the nearest.
func (s *search) vote(k int, near []neighbor) float64 {
	if len(near) == 0 {
		return s.center[k]
	}
	x := s.f.x[k]
	if s.f.levels[k] == 0 {
		var sum float64
		for _, n := range near {
			sum += x[n.row]
		}
		return sum / float64(len(near))
	}
	best, votes := 0.0, 0
	for _, n := range near {
		v := 0
		for _, o := range near {
			if x[o.row] == x[n.row] {
				v++
			}
		}
		if v > votes {
			best, votes = x[n.row], v
		}
	}
	return best
}
