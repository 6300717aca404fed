package oracle

import "math"

// Mixture is the data law Σ W_k N(M_k, SD_k²) on the line under the VP process.
type Mixture struct{ W, M, SD []float64 }

// CDF is the distribution function of x_t.
func (g Mixture) CDF(x, t float64) float64 {
	a, s := Alpha(t), Sigma(t)
	var p float64
	for k, w := range g.W {
		p += w * 0.5 * math.Erfc(-(x-a*g.M[k])/math.Sqrt(2*(a*a*g.SD[k]*g.SD[k]+s*s)))
	}
	return p
}

// Quantile is the inverse of CDF in x, for laws within [-20, 20].
func (g Mixture) Quantile(u, t float64) float64 {
	lo, hi := -20.0, 20.0
	for range 90 {
		if mid := (lo + hi) / 2; g.CDF(mid, t) < u {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// Quantiles returns those of the midpoints (i+½)/n.
func (g Mixture) Quantiles(n int, t float64) []float64 {
	q := make([]float64, n)
	for i := range q {
		q[i] = g.Quantile((float64(i)+0.5)/float64(n), t)
	}
	return q
}

// Flow is the probability-flow map from t to u: on the line it is monotone and
// so maps quantile to quantile.
func (g Mixture) Flow(x, t, u float64) float64 { return g.Quantile(g.CDF(x, t), u) }

// RMS is the root mean square difference of a and b: the Wasserstein distance
// when both are quantiles at the same midpoints.
func RMS(a, b []float64) float64 {
	var s float64
	for i := range a {
		s += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(s / float64(len(a)))
}
