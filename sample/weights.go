package sample

import (
	"math"

	"tweedie/internal/numeric"
)

// normalize stores the weights proportional to exp(l_i) in w and returns their
// effective number 1/Σ w² (Kong 1992), and ln Σ exp(l_i). When every l_i is -Inf
// all three are 0, 0 and -Inf: there is nothing to be in proportion to.
func normalize(w, l []float64) (ess, sum float64) {
	sum = numeric.LogSumExp(l)
	if math.IsInf(sum, -1) {
		clear(w)
		return 0, sum
	}
	q := 0.0
	for i, v := range l {
		w[i] = math.Exp(v - sum)
		q += w[i] * w[i]
	}
	return 1 / q, sum
}
