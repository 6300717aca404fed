package evaluate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"
	"tweedie/internal/stream"
)

var nan = math.NaN()

func TestShapesByHand(t *testing.T) {
	r := numbers([]float64{1, 2, 3, 4, nan}, []float64{1, 1, 1, 1, 1})
	s := numbers([]float64{3, 4, 5, 6}, []float64{nan, nan, nan, nan})
	r.cols = append(r.cols, category(2, 0, 0, 1, 1, 2)) // .4 .4 .2, the last missing
	s.cols = append(s.cols, category(2, 0, 0, 0, 2))    // .75 0 .25
	got := shapes(r, s, 1)
	near(t, "KS complement", float64(got[0].Score), 0.5, 1e-15)
	near(t, "score of a column that is all missing", float64(got[1].Score), 0, 0)
	near(t, "TV complement", float64(got[2].Score), 0.6, 1e-15)
	near(t, "missing share", got[0].MissingReal, 0.2, 1e-15)
	near(t, "missing share of a category", got[2].MissingSynthetic, 0.25, 1e-15)
	for j, c := range shapes(r, r, 1) {
		near(t, "score of the same column", float64(c.Score), 1, 0)
		if got[j].Score == 1 {
			t.Errorf("column %d: other values have score 1", j)
		}
	}
}

// Kolmogorov and Smirnov's statistic by its definition, at every value.
func TestKolmogorovSmirnovBrute(t *testing.T) {
	draw := stream.New(1, "ks")
	for range 50 {
		x, y := make([]float64, 1+draw.IntN(30)), make([]float64, 1+draw.IntN(30))
		for i := range x {
			x[i] = float64(draw.IntN(12))
		}
		for i := range y {
			y[i] = float64(draw.IntN(14))
		}
		want := 0.0
		for v := range 15 {
			f := func(x []float64) float64 {
				n := 0.0
				for _, u := range x {
					if u <= float64(v) {
						n++
					}
				}
				return n / float64(len(x))
			}
			want = max(want, math.Abs(f(x)-f(y)))
		}
		near(t, "statistic", kolmogorovSmirnov(present(x), present(y)), want, 1e-12)
	}
}

func TestTotalVariationOfManyLevels(t *testing.T) {
	draw := stream.New(1, "tv")
	x, y := make([]int, 500), make([]int, 700)
	for i := range x {
		x[i] = draw.IntN(40)
	}
	for i := range y {
		y[i] = draw.IntN(50)
	}
	few := totalVariation(x, y, 50)
	near(t, "with a map", totalVariation(x, y, 1<<21), few, 0)
	if few == 0 {
		t.Error("nothing differs")
	}
}

func TestTrendsByHand(t *testing.T) {
	r := numbers([]float64{0, 1, 2, 3}, []float64{0, 1, 2, 3}, []float64{7, 7, 7, 7})
	s := numbers([]float64{0, 1, 2, 3}, []float64{3, 2, 1, 0}, []float64{7, 8, 7, 8})
	r.cols = append(r.cols, category(2, 0, 0, 1, 1))
	s.cols = append(s.cols, category(2, 1, 0, 1, 1))
	got := trends(r, s, 1)
	if len(got) != 3 {
		t.Fatalf("%d pairs, want 3: the constant is skipped", len(got))
	}
	near(t, "opposite correlations", float64(got[0].Score), 0, 1e-12)
	if !got[0].Strong || math.Abs(got[0].Strength-1) > 1e-12 {
		t.Errorf("a correlation of 1 is %+v", got[0])
	}
	// Bins 0, 3, 6, 9 against levels: one of four cells differs.
	near(t, "mixed pair", float64(got[1].Score), 0.75, 1e-15)
	near(t, "Cramér's V of a function", got[1].Strength, 1, 1e-12)
	for _, p := range trends(r, r, 1) {
		near(t, "score of the same pair", float64(p.Score), 1, 0)
	}
}

// An outlier is clipped to the real range: the other bins stay.
func TestTrendsClip(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	y := append([]float64(nil), x...)
	y[9] = 1e9
	k := category(2, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1)
	r, s := numbers(x), numbers(y)
	r.cols, s.cols = append(r.cols, k), append(s.cols, k)
	near(t, "score with an outlier", float64(trends(r, s, 1)[0].Score), 1, 0)
}

func TestCorrelation(t *testing.T) {
	draw := stream.New(2, "rho")
	x, y := make([]float64, 40), make([]float64, 40)
	for i := range x {
		x[i] = 1e6 + draw.NormFloat64()
		y[i] = 0.5*x[i] + draw.NormFloat64()
	}
	near(t, "correlation", correlation(x, y), stat.Correlation(x, y, nil), 1e-9)
	full := correlation(x[1:], y[1:])
	x[0] = nan
	near(t, "without the missing row", correlation(x, y), full, 1e-15)
	for i := range x {
		x[i] = 0.1
	}
	near(t, "of a constant", correlation(x, y), 0, 0)
}

// χ² of a 2×2 table by its formula.
func TestCramer(t *testing.T) {
	a, b, c, d := 12, 5, 7, 16
	var x, y []int
	for k, n := range []int{a, b, c, d} {
		for range n {
			x, y = append(x, k/2), append(y, k%2)
		}
	}
	phi := math.Abs(float64(a*d-b*c)) / math.Sqrt(float64((a+b)*(c+d)*(a+c)*(b+d)))
	near(t, "V", cramer(coded{x, 3}, coded{y, 3}), phi, 1e-12)
	near(t, "V with a map", cramer(coded{x, 1 << 11}, coded{y, 1 << 11}), phi, 1e-12)
	near(t, "V of one level", cramer(coded{make([]int, len(y)), 2}, coded{y, 3}), 0, 0)
}

func TestAUC(t *testing.T) {
	draw := stream.New(3, "auc")
	for range 30 {
		n := 2 + draw.IntN(30)
		score, positive := make([]float64, n), make([]bool, n)
		for i := range score {
			score[i], positive[i] = float64(draw.IntN(6)), draw.IntN(2) == 0
		}
		wins, pairs := 0.0, 0.0
		for i := range n {
			for k := range n {
				if positive[i] && !positive[k] {
					pairs++
					if score[i] > score[k] {
						wins++
					} else if score[i] == score[k] {
						wins += 0.5
					}
				}
			}
		}
		want := 0.5
		if pairs > 0 {
			want = wins / pairs
		}
		near(t, "AUC", auc(score, positive), want, 1e-12)
	}
}

func TestLineDistanceByHand(t *testing.T) {
	near(t, "same size", lineDistance([]float64{0, 1}, []float64{1, 3}), 1.5, 1e-15)
	near(t, "other size", lineDistance([]float64{0}, []float64{1, 2, 6}), 3, 1e-15)
	near(t, "2 against 3", lineDistance([]float64{0, 6}, []float64{0, 3, 6}), 1, 1e-15)
}
