package evaluate

import (
	"math"
	"slices"

	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// Coverage is the share of real rows that have a synthetic row near them.
type Coverage struct {
	Share     Number `json:"share"`
	Neighbors int    `json:"neighbours"` // k: near is nearer than the k-th real neighbor
	Rows      int    `json:"rows"`       // real rows looked at
}

// coverage is the share of real rows whose nearest synthetic row is closer, in L1 of the
// scale of g, than their k-th nearest real row (Naeem et al. 2020, arXiv:2002.09797,
// eq. 9). k is the smallest for which the real rows cover themselves to 95 %, plus one, as
// in the program of Jolicoeur-Martineau et al. 2024 (arXiv:2309.09968, section 5.1).
//
// At most limit rows of the larger table are used, and the same share of the other, since
// coverage grows with the number of synthetic rows per real row.
func coverage(g *gower, real, synthetic *frame, limit int, seed uint64, workers int) Coverage {
	if big := max(real.n, synthetic.n); big > limit {
		part := func(n int) int { return max(1, int(math.Round(float64(n)*float64(limit)/float64(big)))) }
		real = real.atMost(part(real.n), seed, "coverage")
		synthetic = synthetic.atMost(part(synthetic.n), seed, "coverage")
	}
	if real.n < 3 {
		return Coverage{none, 0, real.n}
	}
	p, q := g.apply(real), g.apply(synthetic)
	const kept = 64
	near := neighbors(p, min(kept, real.n-1), workers)
	k := 0
	for ; k < len(near[0])-1; k++ {
		covered := 0
		for i := range near {
			if near[i][k] > 0 { // a row is at distance 0 from itself
				covered++
			}
		}
		if float64(covered) >= 0.95*float64(real.n) {
			k++
			break
		}
	}
	d := make([]float64, real.n)
	nearest(d, p, q, workers)
	covered := 0
	for i := range d {
		if d[i] < near[i][k] {
			covered++
		}
	}
	return Coverage{Number(float64(covered) / float64(real.n)), k + 1, real.n}
}

// neighbors returns, for each row, the distances of the k nearest other rows, sorted.
func neighbors(p *points, k, workers int) [][]float64 {
	out := make([][]float64, p.n)
	parallel.For(workers, p.n, func(i int) {
		best := make([]float64, 0, k+1)
		limit := math.Inf(1)
		for j := range p.n {
			if i == j {
				continue
			}
			d := distance(p, i, p, j, limit)
			if len(best) == k && d >= limit {
				continue
			}
			at, _ := slices.BinarySearch(best, d)
			best = slices.Insert(best, at, d)
			if len(best) > k {
				best = best[:k]
			}
			if len(best) == k {
				limit = best[k-1]
			}
		}
		out[i] = best
	})
	return out
}

// halves splits the rows of f at random into two of equal size, without an odd row.
func halves(f *frame, seed uint64) (a, b *frame) {
	perm := stream.New(seed, "halves").Perm(f.n)
	h := f.n / 2
	x, y := perm[:h], perm[h:2*h]
	slices.Sort(x)
	slices.Sort(y)
	return f.subset(x), f.subset(y)
}
