package imputation

import "slices"

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
