package metrics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// KolmogorovSmirnov returns the two-sample statistic
//
//	sup_v |F(v) - G(v)|
//
// of the empirical distribution functions of x and y, between 0 and 1. Values
// that occur in both, or several times, count at once, so heaped and rounded
// columns are compared rightly. It panics when x or y is empty.
func KolmogorovSmirnov(x, y []float64) float64 {
	x, y = sorted(x), sorted(y)
	if floats.HasNaN(x) || floats.HasNaN(y) {
		return math.NaN()
	}
	n, m := float64(len(x)), float64(len(y))
	largest := 0.0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		v := min(x[i], y[j])
		for i < len(x) && x[i] == v {
			i++
		}
		for j < len(y) && y[j] == v {
			j++
		}
		largest = max(largest, math.Abs(float64(i)*m-float64(j)*n))
	}
	return largest / (n * m) // one rounding
}

// KolmogorovSmirnovColumns stores the statistic of each column of x and y in
// dst. It panics unless all have the same number of columns.
func KolmogorovSmirnovColumns(dst []float64, x, y *mat.Dense) {
	if d := columns(x, y); d != len(dst) {
		panic("metrics: size mismatch")
	}
	for j := range dst {
		dst[j] = KolmogorovSmirnov(mat.Col(nil, j, x), mat.Col(nil, j, y))
	}
}

// Wasserstein returns the 1-Wasserstein distance ∫|F(v) - G(v)| dv of the
// empirical distributions of x and y, in the unit of the values. It panics
// when x or y is empty.
func Wasserstein(x, y []float64) float64 {
	x, y = sorted(x), sorted(y)
	if floats.HasNaN(x) || floats.HasNaN(y) {
		return math.NaN()
	}
	n, m := float64(len(x)), float64(len(y))
	sum, last := 0.0, min(x[0], y[0])
	for i, j := 0, 0; i < len(x) || j < len(y); {
		v := math.Inf(1)
		if i < len(x) {
			v = x[i]
		}
		if j < len(y) {
			v = min(v, y[j])
		}
		if gap := math.Abs(float64(i)/n - float64(j)/m); gap > 0 { // 0 times ∞ is no distance
			sum += gap * (v - last)
		}
		last = v
		for i < len(x) && x[i] == v {
			i++
		}
		for j < len(y) && y[j] == v {
			j++
		}
	}
	return sum
}

func columns(x, y *mat.Dense) int {
	_, d := x.Dims()
	if _, e := y.Dims(); d != e {
		panic("metrics: size mismatch")
	}
	return d
}

func sorted(x []float64) []float64 {
	if len(x) == 0 {
		panic("metrics: empty sample")
	}
	x = slices.Clone(x)
	slices.Sort(x)
	return x
}
