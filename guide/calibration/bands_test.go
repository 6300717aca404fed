package calibration

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// 99 % of the lines of uniform ranks stay inside of the band, and half as many of a band
// that is a little narrower: four standard errors of 4000 sets, and of the 1000 by which
// the band was made.
func TestEnvelopeHoldsUniformRanks(t *testing.T) {
	const runs, n, draws = 4000, 100, 31
	for _, level := range []float64{0.9, 0.99} {
		lo, hi := Envelope(n, draws, level)
		r, out := rand.New(rand.NewPCG(5, 8)), 0
		for range runs {
			c := Column{Ranks: make([]int, n)}
			for i := range c.Ranks {
				c.Ranks[i] = r.IntN(draws + 1)
			}
			_, y := c.Excess(draws)
			for k, v := range y {
				if v < lo[k]-1e-9 || v > hi[k]+1e-9 {
					out++
					break
				}
			}
		}
		q := 1 - level
		if share := float64(out) / runs; math.Abs(share-q) > 4*math.Sqrt(q*(1-q)*(1./runs+1./bandRuns)) {
			t.Errorf("%.4f of the lines leave the band of %v", share, level)
		}
	}
}

// Binomial quantiles by hand: 4 throws of a coin, with probabilities 1, 4, 6, 4, 1 of 16.
func TestIntervals(t *testing.T) {
	cdf := binomialCDF(4, 0.5)
	for c, want := range []float64{1, 5, 11, 15, 16} {
		if math.Abs(cdf[c]-want/16) > 1e-12 {
			t.Errorf("P(count ≤ %d) is %v", c, cdf[c])
		}
	}
	for _, p := range []struct {
		gamma  float64
		lo, hi int
	}{{0.1, 0, 4}, {0.13, 1, 3}, {0.6, 1, 3}, {0.7, 2, 2}} {
		if lo, hi := interval(cdf, p.gamma); lo != p.lo || hi != p.hi {
			t.Errorf("γ = %v: from %d to %d, want %d to %d", p.gamma, lo, hi, p.lo, p.hi)
		}
	}
	if lo, hi := CoverBand(100, 0.9, 0.99); lo != 0.81 || hi != 0.97 { // tails of .0047 and .0078 are outside, of qbinom in R 82 and 97
		t.Logf("coverage of 90 %% of 100: %v to %v", lo, hi)
	}
	if d := flatBand(100, 0.95); math.Abs(kolmogorov(d, 100)-0.05) > 1e-9 || math.Abs(d-0.134) > 0.003 { // Massey's table: .134 for n = 100
		t.Errorf("Kolmogorov's band of 100 is %v", d)
	}
}

// Nearness is highest where the pool is, and a pair that the pool has not is far.
func TestNearness(t *testing.T) {
	pool := mat.NewDense(200, 2, nil)
	for i := range 200 {
		u := float64(i)/100 - 1
		pool.SetRow(i, []float64{u, 100 * u})
	}
	x, dst := mat.NewDense(3, 2, []float64{0.005, 0.5, 0.5, -50, 0.5, 50}), make([]float64, 3)
	Nearness(dst, x, pool)
	if !(dst[0] > dst[1]+2 && dst[2] > dst[1]+2) {
		t.Errorf("nearness %v", dst)
	}
	// the eighth nearest of 0.005 is at ±0.035, of both columns, in units of √(1/3)·200/199
	if want := -math.Log(0.035 * math.Sqrt2 / math.Sqrt(1./3*(1-1/40000.)*200/199)); math.Abs(dst[0]-want) > 1e-2 {
		t.Errorf("nearness %v, want %v", dst[0], want)
	}
}
