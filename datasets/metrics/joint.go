package metrics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/internal/stream"
)

// CorrelationDifference returns the mean of |ρ_jk(x) - ρ_jk(y)| over the pairs
// j < k of columns, ρ being Pearson's correlation: between 0 and 2. A column
// that is constant in a sample is uncorrelated with all others there. It is 0
// for one column. It panics unless x and y have the same number of columns.
func CorrelationDifference(x, y *mat.Dense) float64 {
	d := columns(x, y)
	if d < 2 {
		return 0
	}
	a, b := correlations(x), correlations(y)
	sum := 0.0
	for j := range d {
		for k := range j {
			sum += math.Abs(a.At(j, k) - b.At(j, k))
		}
	}
	return sum / float64(d*(d-1)/2)
}

func correlations(x *mat.Dense) *mat.SymDense {
	_, d := x.Dims()
	constant := make([]bool, d)
	for j := range d {
		column := mat.Col(nil, j, x)
		constant[j] = !slices.ContainsFunc(column, func(v float64) bool { return v != column[0] })
	}
	c := mat.NewSymDense(d, nil)
	stat.CorrelationMatrix(c, x, nil)
	for j := range d {
		for k := range d {
			if j != k && (constant[j] || constant[k]) {
				c.SetSym(j, k, 0)
			}
		}
	}
	return c
}

// SlicedWasserstein returns the mean, over that many directions, of the
// 1-Wasserstein distance between x and y projected on the direction (Bonneel
// et al. 2015, doi:10.1007/s10851-014-0506-3, with the first power). The
// directions are uniform and a function of (seed, index). A translation by δ
// in d dimensions has the expectation |δ| Γ(d/2) / (√π Γ((d+1)/2)).
//
// The time is O(projections · n (d + log n)). It panics unless x and y have
// the same number of columns and projections is positive.
func SlicedWasserstein(x, y *mat.Dense, projections int, seed uint64) float64 {
	d := columns(x, y)
	if projections <= 0 {
		panic("metrics: no projections")
	}
	key, rng := stream.NewKey(seed, "metrics/sliced"), stream.NewSource(stream.Key{})
	direction := mat.NewVecDense(d, nil)
	var a, b mat.VecDense
	sum := 0.0
	for k := range projections {
		rng.Seek(key.At(uint64(k)))
		for j := range d {
			direction.SetVec(j, rng.NormFloat64())
		}
		direction.ScaleVec(1/mat.Norm(direction, 2), direction)
		a.MulVec(x, direction)
		b.MulVec(y, direction)
		sum += Wasserstein(a.RawVector().Data, b.RawVector().Data)
	}
	return sum / float64(projections)
}
