package sample

import "math"

// logSum returns ln Σ exp(l_i) without overflow; -Inf when every l_i is.
func logSum(l []float64) float64 {
	top := math.Inf(-1)
	for _, v := range l {
		top = math.Max(top, v)
	}
	if math.IsInf(top, -1) {
		return top
	}
	s := 0.0
	for _, v := range l {
		s += math.Exp(v - top)
	}
	return top + math.Log(s)
}

// normalise stores the weights proportional to exp(l_i) in w and returns their
// effective number 1/Σ w² (Kong 1992), and ln Σ exp(l_i). When every l_i is -Inf
// all three are 0, 0 and -Inf: there is nothing to be in proportion to.
func normalise(w, l []float64) (ess, sum float64) {
	sum = logSum(l)
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
