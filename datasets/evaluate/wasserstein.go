package evaluate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// exactRows is the number of rows up to which transport is solved exactly.
const exactRows = 1000

// slices of the sliced distance, and the rows of each table that it sees.
const (
	directions = 100
	slicedRows = 10_000
)

// Wasserstein is a distance between two tables as heaps of rows: how far rows
// must be moved, on average, to turn one into the other, where each column is
// at most about 1 wide.
type Wasserstein struct {
	Distance Number `json:"distance"`
	// Exact says that it is optimal transport in L1; otherwise the distance is
	// sliced, which is smaller and not comparable with exact ones.
	Exact bool `json:"exact"`
}

// wasserstein returns W₁ between the rows of a and b, in the scale of g. With
// at most 1,000 rows on both sides, and of others that it stands beside, it is the exact
// optimal transport for L1 costs, as in Jolicoeur-Martineau et al. 2024 (arXiv:2309.09968,
// section 5.1); beyond, the mean over 100 directions of the distance between the projections
// (Bonneel et al. 2015, doi:10.1007/s10851-014-0506-3).
func wasserstein(g *gower, a, b *frame, others int, seed uint64, workers int) Wasserstein {
	if max(a.n, b.n, others) > exactRows {
		x := g.dense(a.atMost(slicedRows, seed, "sliced"))
		y := g.dense(b.atMost(slicedRows, seed, "sliced"))
		return Wasserstein{Number(sliced(x, y, seed, workers)), false}
	}
	p, q := g.apply(a), g.apply(b)
	cost := make([]float64, a.n*b.n)
	parallel.For(workers, a.n, func(i int) {
		for k := range b.n {
			cost[i*b.n+k] = distance(p, i, q, k, math.Inf(1))
		}
	})
	return Wasserstein{Number(transport(cost, a.n, b.n)), true}
}

// sliced returns the mean distance of projections on uniform directions, drawn by seed.
func sliced(x, y *mat.Dense, seed uint64, workers int) float64 {
	n, d := x.Dims()
	m, _ := y.Dims()
	each := make([]float64, directions)
	parallel.For(workers, directions, func(k int) {
		draw := stream.New(seed, "direction", uint64(k))
		theta := make([]float64, d)
		for j := range theta {
			theta[j] = draw.NormFloat64()
		}
		norm := math.Sqrt(numeric.Dot(theta, theta))
		project := func(z *mat.Dense, n int) []float64 {
			out := make([]float64, n)
			for i := range out {
				s := 0.0
				for j, v := range z.RawRowView(i) {
					if v != 0 {
						s += v * theta[j]
					}
				}
				out[i] = s / norm
			}
			slices.Sort(out)
			return out
		}
		each[k] = lineDistance(project(x, n), project(y, m))
	})
	return mean(each)
}

// lineDistance returns ∫ |F⁻¹(u) - G⁻¹(u)| du of two sorted samples.
func lineDistance(x, y []float64) float64 {
	var i, j int
	sum, at := 0.0, 0
	n, m := len(x), len(y)
	for i < n && j < m { // u = at/(n m)
		next := min((i+1)*m, (j+1)*n)
		sum += math.Abs(x[i]-y[j]) * float64(next-at)
		at = next
		if at == (i+1)*m {
			i++
		}
		if at == (j+1)*n {
			j++
		}
	}
	return sum / (float64(n) * float64(m))
}
