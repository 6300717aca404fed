package imputation

import (
	"math"
	"slices"
)

// crps is the unbiased estimate of the continuous ranked probability score of
// the law that draws, in increasing order, come from (Ferro 2014,
// doi:10.1002/qj.2270, the fair score), with m draws
//
//	Σ_i |x_i - y|/m - Σ_{i<j} |x_i - x_j| / (m(m-1)).
//
// Of one draw, or of equal draws, it is the absolute error.
func crps(draws []float64, y float64) float64 {
	m := float64(len(draws))
	var near, spread float64
	for i, x := range draws {
		near += math.Abs(x - y)
		// Σ_{i<j} (x_j - x_i); the weights sum to 0, and draws[0] makes equal
		// draws give 0 exactly.
		spread += (2*float64(i) - m + 1) * (x - draws[0])
	}
	if m == 1 {
		return near
	}
	return near/m - spread/(m*(m-1))
}

// quantile interpolates between sorted draws: the k-th of m is the quantile of k/(m+1)
// (Hyndman & Fan 1996, type 6), so that central intervals hold their level.
func quantile(draws []float64, p float64) float64 {
	h := p*float64(len(draws)+1) - 1
	// k/(m+1) (m+1) may fall short of k.
	if r := math.Round(h); math.Abs(h-r) < 1e-9 {
		h = r
	}
	k := math.Floor(h)
	switch {
	case k < 0:
		return draws[0]
	case int(k) >= len(draws)-1:
		return draws[len(draws)-1]
	}
	a, b := draws[int(k)], draws[int(k)+1]
	return a + (h-k)*(b-a)
}

// nominal is the level of the widest central interval of m draws, at most 0.9.
func nominal(m int) float64 { return min(0.9, float64(m-1)/float64(m+1)) }

// median of sorted draws; of an even number, the mean of the middle two.
func median(draws []float64) float64 {
	m := len(draws)
	return (draws[(m-1)/2] + draws[m/2]) / 2
}

// frequent returns the first most frequent of sorted draws.
func frequent(draws []float64) float64 {
	best, run, most := draws[0], 0, 0
	for i, v := range draws {
		if i == 0 || v != draws[i-1] {
			run = 0
		}
		if run++; run > most {
			best, most = v, run
		}
	}
	return best
}

// logLoss is -log((n_y + 1/levels)/(m + 1)) for n_y of m draws being y.
func logLoss(draws []float64, y float64, levels int) float64 {
	n := 0.0
	for _, v := range draws {
		if v == y {
			n++
		}
	}
	return -math.Log((n + 1/float64(levels)) / float64(len(draws)+1))
}

// wasserstein is W1 of two samples of equal length in one dimension. It sorts both.
func wasserstein(a, b []float64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	var sum float64
	for i := range a {
		sum += math.Abs(a[i] - b[i])
	}
	return sum / float64(len(a))
}

// variation is half the sum of the differences of level shares.
func variation(a, b []float64, levels int) float64 {
	count := make([]float64, levels)
	for i := range a {
		count[int(a[i])]++
		count[int(b[i])]--
	}
	var sum float64
	for _, c := range count {
		sum += math.Abs(c)
	}
	return sum / 2 / float64(len(a))
}

type scoreSums struct {
	average, middle      float64
	numbers              int
	crps, covered, width float64
	categories           int
	logLoss, right       float64
}

// add counts one cell with truth y; it sorts its draws.
func (t *scoreSums) add(draws []float64, y float64, levels int) {
	var sum float64
	for _, x := range draws {
		sum += distance(x, y, levels)
	}
	t.average += sum / float64(len(draws))
	slices.Sort(draws)
	if levels > 0 {
		t.categories++
		t.logLoss += logLoss(draws, y, levels)
		if frequent(draws) == y {
			t.right++
		} else {
			t.middle++
		}
		return
	}
	t.numbers++
	t.middle += distance(median(draws), y, 0)
	t.crps += crps(draws, y)
	low, high := quantile(draws, 0.05), quantile(draws, 0.95)
	t.width += high - low
	if low <= y && y <= high {
		t.covered++
	}
}

func (t *scoreSums) cells() int { return t.numbers + t.categories }

func (t *scoreSums) merge(u *scoreSums) {
	t.average += u.average
	t.middle += u.middle
	t.numbers += u.numbers
	t.crps += u.crps
	t.covered += u.covered
	t.width += u.width
	t.categories += u.categories
	t.logLoss += u.logLoss
	t.right += u.right
}

// scores returns the means, W1 apart.
func (t *scoreSums) scores() Scores {
	n := float64(t.cells())
	s := Scores{AvgMAE: t.average / n, MedianMAE: t.middle / n}
	if n := float64(t.numbers); n > 0 {
		s.CRPS, s.Coverage, s.Width = mean(t.crps, n), mean(t.covered, n), mean(t.width, n)
	}
	if n := float64(t.categories); n > 0 {
		s.LogLoss, s.Accuracy = mean(t.logLoss, n), mean(t.right, n)
	}
	return s
}

func mean(sum, n float64) *float64 {
	v := sum / n
	return &v
}
