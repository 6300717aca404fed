package imputation

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestScoresByHand(t *testing.T) {
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"crps of 1 2 4 at 3: 4/3 - 6/6", crps([]float64{1, 2, 4}, 3), 1.0 / 3},
		{"crps of one draw", crps([]float64{1}, 3), 2},
		{"crps of equal draws", crps([]float64{1, 1, 1}, 3), 2},
		{"5 % of 19", quantile(count(19), 0.05), 1},
		{"95 % of 19", quantile(count(19), 0.95), 19},
		{"5 % of 9", quantile(count(9), 0.05), 1},
		{"95 % of 9", quantile(count(9), 0.95), 9},
		{"5 % of 29", quantile(count(29), 0.05), 1.5},
		{"50 % of 4", quantile(count(4), 0.5), 2.5},
		{"50 % of 1", quantile(count(1), 0.5), 1},
		{"level of 19 draws", nominal(19), 0.9},
		{"level of 100 draws", nominal(100), 0.9},
		{"level of 9 draws", nominal(9), 0.8},
		{"level of 1 draw", nominal(1), 0},
		{"median of 3", median([]float64{1, 2, 7}), 2},
		{"median of 4", median([]float64{1, 2, 7, 9}), 4.5},
		{"most frequent", frequent([]float64{0, 1, 1, 2}), 1},
		{"most frequent, last", frequent([]float64{0, 1, 1, 2, 2, 2}), 2},
		{"most frequent of a tie", frequent([]float64{0, 0, 2, 2}), 0},
		{"log loss of 2 in 3, 2 levels", logLoss([]float64{0, 1, 1}, 1, 2), -math.Log(2.5 / 4)},
		{"log loss of none in 1, 4 levels", logLoss([]float64{0}, 3, 4), -math.Log(0.125)},
		{"W1", wasserstein([]float64{3, 0, 1}, []float64{5, 6, 8}), 5},
		{"total variation", variation([]float64{0, 0, 1, 2}, []float64{0, 1, 1, 1}, 3), 0.5},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s: %g, want %g", c.what, c.got, c.want)
		}
	}
}

func count(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i + 1)
	}
	return x
}

// Of draws from N(0, 1) the mean of the score over draws is that of the law,
// y (2Φ(y) - 1) + 2φ(y) - 1/√π (Gneiting & Raftery 2007, eq. 21), however few
// they are. The score of the empirical law is not: it is the twin.
func TestCRPSIsFair(t *testing.T) {
	law := func(y float64) float64 {
		return y*math.Erf(y/math.Sqrt2) + 2*math.Exp(-y*y/2)/math.Sqrt(2*math.Pi) - 1/math.Sqrt(math.Pi)
	}
	unfair := func(draws []float64, y float64) float64 {
		m := float64(len(draws))
		mean := 0.0
		for _, x := range draws {
			mean += math.Abs(x-y) / m
		}
		return mean + (crps(draws, y)-mean)*(m-1)/m
	}
	fits := func(score func([]float64, float64) float64, m int, y float64) bool {
		const n = 20000
		r := rand.New(rand.NewPCG(uint64(m), 2))
		v := make([]float64, n)
		draws := make([]float64, m)
		for i := range v {
			for k := range draws {
				draws[k] = r.NormFloat64()
			}
			slices.Sort(draws)
			v[i] = score(draws, y)
		}
		mean, std := moments(v)
		return math.Abs(mean-law(y)) < 4*std/math.Sqrt(n)
	}
	for _, m := range []int{2, 5} {
		for _, y := range []float64{0, 1.5} {
			if !fits(crps, m, y) {
				t.Errorf("%d draws at %g: biased", m, y)
			}
			if fits(unfair, m, y) {
				t.Errorf("%d draws at %g: the score of the empirical law passes", m, y)
			}
		}
	}
}

// When truth and draws are of one law, intervals cover what they say: within 4
// standard errors of 19, 39 and 9 draws. Quantiles that put the ends at 0 and 1
// (type 7) cover less, and are the twin.
func TestIntervalsCover(t *testing.T) {
	type7 := func(x []float64, p float64) float64 {
		h := p * float64(len(x)-1)
		k := min(int(h), len(x)-2)
		return x[k] + (h-float64(k))*(x[k+1]-x[k])
	}
	covers := func(q func([]float64, float64) float64, m int) bool {
		const n = 20000
		r := rand.New(rand.NewPCG(uint64(m), 3))
		hits := 0.0
		draws := make([]float64, m)
		for range n {
			for k := range draws {
				draws[k] = r.ExpFloat64()
			}
			slices.Sort(draws)
			if y := r.ExpFloat64(); q(draws, 0.05) <= y && y <= q(draws, 0.95) {
				hits++
			}
		}
		p := nominal(m)
		return math.Abs(hits/n-p) < 4*math.Sqrt(p*(1-p)/n)
	}
	for _, m := range []int{9, 19, 39} {
		if !covers(quantile, m) {
			t.Errorf("%d draws: intervals do not hold their level", m)
		}
		if covers(type7, m) {
			t.Errorf("%d draws: narrower intervals pass", m)
		}
	}
}
