// Package numeric has the few vector functions that several packages share.
//
// They add in the order of the elements. Those of gonum/floats are in assembly
// and add several partial sums, so that their last bits differ between machines
// and from what was computed before: results here must not.
package numeric

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// HalfLog2Pi is math.Log(2*math.Pi)/2 to the last bit: the log normalizer of a
// standard normal number.
const HalfLog2Pi = 0.9189385332046727

// Dot returns Σ a_j b_j. It panics if b is shorter than a.
func Dot(a, b []float64) float64 {
	s := 0.0
	for j, v := range a {
		s += float64(v * b[j])
	}
	return s
}

// Axpy adds c x to y. It panics if y is shorter than x.
func Axpy(y []float64, c float64, x []float64) {
	for j, v := range x {
		y[j] += float64(c * v)
	}
}

// LogSumExp returns ln Σ exp(l_k) without overflow; -Inf for no l or only -Inf.
func LogSumExp(l []float64) float64 {
	top := largest(l)
	if math.IsInf(top, -1) {
		return top
	}
	s := 0.0
	for _, v := range l {
		s += math.Exp(v - top)
	}
	return top + math.Log(s)
}

// Softmax replaces l_k by exp(l_k)/Σ exp(l_k) and returns ln Σ exp(l_k). It leaves
// l as it is, and returns -Inf, when every l_k is -Inf: there is no weight to share.
func Softmax(l []float64) float64 {
	top := largest(l)
	if math.IsInf(top, -1) {
		return top
	}
	sum := 0.0
	for k, v := range l {
		l[k] = math.Exp(v - top)
		sum += l[k]
	}
	for k := range l {
		l[k] /= sum
	}
	return top + math.Log(sum)
}

func largest(l []float64) float64 {
	top := math.Inf(-1)
	for _, v := range l {
		top = max(top, v)
	}
	return top
}

// NonFinite returns the index of the first row of x that holds a NaN or an
// infinity, or -1.
func NonFinite(x *mat.Dense) int {
	n, _ := x.Dims()
	for i := range n {
		carry := uint64(0) // into the sign, from the exponent of ones of infinities and NaN
		for _, v := range x.RawRowView(i) {
			carry |= math.Float64bits(v)&(0x7ff<<52) + 1<<52
		}
		if carry>>63 == 1 {
			return i
		}
	}
	return -1
}

// CheckPositive errs unless v is a positive finite number.
func CheckPositive(what string, v float64) error {
	if !(v > 0) || math.IsInf(v, 1) {
		return fmt.Errorf("%s is %g, want a positive number", what, v)
	}
	return nil
}

// MeanSE returns the mean of v and its standard error, with the variance by n.
func MeanSE(v []float64) (mean, se float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		se += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(se) / float64(len(v))
}
