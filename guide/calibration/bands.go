package calibration

import (
	"math"

	"tweedie/internal/stream"
)

// bandRuns are the sets of uniform ranks by which Envelope is adjusted.
const bandRuns = 1000

// Envelope returns bounds for Excess of n replicas with so many draws each: a calibrated
// column is between lo and hi everywhere with the probability level. Each bound is a
// binomial quantile, all of one probability γ, which is such that of 1000 sets of uniform
// ranks the share level stays inside (Säilynoja et al. 2022, arXiv:2103.10522, section 2.2).
func Envelope(n, draws int, level float64) (lo, hi []float64) {
	table := make([][]float64, draws) // of P(count ≤ c), for ranks up to r
	for r := range table {
		table[r] = binomialCDF(n, float64(r+1)/float64(draws+1))
	}
	gammas := make([]float64, bandRuns)
	key := stream.NewKey(0, "calibration/envelope")
	src := stream.NewSource(key)
	count := make([]int, draws+1)
	for k := range gammas {
		src.Seek(key.At(uint64(k)))
		clear(count)
		for range n {
			count[src.IntN(draws+1)]++
		}
		gammas[k] = leastTail(table, count)
	}
	gamma := weighted{v: gammas}.quantile(1 - level)
	for r := range draws + 1 {
		x := float64(r+1) / float64(draws+1)
		if r == draws {
			lo, hi = append(lo, 0), append(hi, 0)
			break
		}
		l, h := interval(table[r], gamma)
		lo, hi = append(lo, float64(l)/float64(n)-x), append(hi, float64(h)/float64(n)-x)
	}
	return lo, hi
}

// leastTail is the least two-sided tail probability of the counts of ranks up to each.
func leastTail(table [][]float64, count []int) float64 {
	least, sum := 1.0, 0
	for r, cdf := range table {
		sum += count[r]
		above := 1.0
		if sum > 0 {
			above = 1 - cdf[sum-1]
		}
		least = math.Min(least, 2*math.Min(cdf[sum], above))
	}
	return least
}

// interval returns the least and the largest count with tails of γ/2 or more.
func interval(cdf []float64, gamma float64) (lo, hi int) {
	for lo < len(cdf)-1 && 2*cdf[lo] < gamma {
		lo++
	}
	for hi = len(cdf) - 1; hi > 0 && 2*(1-cdf[hi-1]) < gamma; hi-- {
	}
	return lo, hi
}

// binomialCDF returns P(count ≤ c) for c = 0 … n.
func binomialCDF(n int, p float64) []float64 {
	cdf, sum := make([]float64, n+1), 0.0
	logN, _ := math.Lgamma(float64(n + 1))
	for c := range cdf {
		a, _ := math.Lgamma(float64(c + 1))
		b, _ := math.Lgamma(float64(n - c + 1))
		sum += math.Exp(logN - a - b + float64(c)*math.Log(p) + float64(n-c)*math.Log1p(-p))
		cdf[c] = math.Min(sum, 1)
	}
	return cdf
}

// quantile is the number that a share p of s, without weights, is below.
func (s weighted) quantile(p float64) float64 {
	at, _ := s.order()
	return s.v[at[min(int(p*float64(len(at))), len(at)-1)]]
}

// flatBand is the same for one law, by Kolmogorov: |Excess| ≤ k/√n, Q(k) = 1 - level.
func flatBand(n, level float64) float64 {
	lo, hi := 0.0, 1.0
	for range 60 {
		if mid := (lo + hi) / 2; kolmogorov(mid, n) > 1-level {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// CoverBand returns bounds for the share of n within an interval of probability p.
func CoverBand(n, p, level float64) (lo, hi float64) {
	whole := max(int(n), 1)
	if p <= 0 || p >= 1 {
		return p, p
	}
	l, h := interval(binomialCDF(whole, p), 1-level)
	return float64(l) / float64(whole), float64(h) / float64(whole)
}
