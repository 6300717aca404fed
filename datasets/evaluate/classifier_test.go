package evaluate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/boost"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

func TestFeatures(t *testing.T) {
	f := numbers([]float64{1, nan, 3, 4})
	f.cols = append(f.cols, category(2, 0, 1, 1, 1), category(3, 0, 1, 3, 1))
	e := newFeatures(-1, f)
	if e.dim != 1+1+3 {
		t.Fatalf("%d features, want 5", e.dim)
	}
	x := mat.NewDense(4, e.dim, nil)
	e.fill(x, 0, f)
	want := [][]float64{{1, 0, 0, 1, 0}, {nan, 1, 1, 0, 0}, {3, 1, 0, 0, 1}, {4, 1, 1, 0, 0}}
	for i, row := range want {
		for j, v := range row {
			if got := x.At(i, j); got != v && !(math.IsNaN(got) && math.IsNaN(v)) {
				t.Errorf("feature %d of row %d is %v, want %v", j, i, got, v)
			}
		}
	}
	if d := newFeatures(0, f).dim; d != 4 {
		t.Errorf("%d features without the target, want 4", d)
	}
}

// Levels beyond the 64 most frequent are told apart by their rank.
func TestFeaturesOfManyLevels(t *testing.T) {
	codes := make([]int, 0, 300)
	for k := range 100 {
		for range 1 + (100-k)/50 {
			codes = append(codes, k)
		}
	}
	f := &frame{n: len(codes), cols: []column{category(100, codes...)}}
	e := newFeatures(-1, f)
	x := mat.NewDense(f.n, e.dim, nil)
	e.fill(x, 0, f)
	if e.dim != oneHotLevels+1 {
		t.Fatalf("%d features", e.dim)
	}
	ranks := map[float64]int{}
	for i := range f.n {
		r := x.At(i, oneHotLevels)
		if k, seen := ranks[r]; seen && k != codes[i] {
			t.Errorf("levels %d and %d have rank %v", k, codes[i], r)
		}
		ranks[r] = codes[i]
		ones := 0.0
		for j := range oneHotLevels {
			ones += x.At(i, j)
		}
		if want := r < oneHotLevels; want != (ones == 1) {
			t.Errorf("level %d of rank %v has %v ones", codes[i], r, ones)
		}
	}
}

// gradient is the largest slope of what logistic maximizes: 0 at the maximum.
func gradient(x *mat.Dense, y, w []float64) float64 {
	n, d := x.Dims()
	worst := 0.0
	for j := -1; j < d; j++ {
		sum := 0.0
		for i := range n {
			p := 1 / (1 + math.Exp(-w[0]-numeric.Dot(x.RawRowView(i), w[1:])))
			v := 1.0
			if j >= 0 {
				v = x.At(i, j)
			}
			sum += (y[i] - p) * v
		}
		if j >= 0 {
			sum -= w[j+1]
		}
		worst = max(worst, math.Abs(sum))
	}
	return worst
}

func TestLogistic(t *testing.T) {
	draw := stream.New(1, "logistic")
	n := 400
	x, y := mat.NewDense(n, 3, nil), make([]float64, n)
	for i := range n {
		for j := range 3 {
			x.Set(i, j, draw.NormFloat64())
		}
		if draw.Float64() < 1/(1+math.Exp(-0.5-2*x.At(i, 0)+x.At(i, 1))) {
			y[i] = 1
		}
	}
	w := logistic(x, y)
	if g := gradient(x, y, w); g > 1e-2 {
		t.Errorf("slope %v at %v", g, w)
	}
	w[1] += 0.1
	if g := gradient(x, y, w); g < 1 {
		t.Errorf("slope %v away from the maximum", g)
	}
	// Rows that a plane separates stop at the penalty, not at infinity.
	for i := range n {
		y[i] = 0
		if x.At(i, 0) > 0 {
			y[i] = 1
		}
	}
	if w = logistic(x, y); math.IsNaN(w[1]) || w[1] < 2 || w[1] > 100 {
		t.Errorf("separable rows: %v", w)
	}
}

// y = x₁ x₂ > 0 is invisible to a logistic regression and plain to trees.
func TestDetectionSeesInteractions(t *testing.T) {
	const n = 600
	draw := stream.New(2, "xor")
	var cols [2][2][]float64
	for kind := range 2 {
		for range n {
			a, b := draw.NormFloat64(), draw.NormFloat64()
			if kind == 0 {
				b = math.Copysign(b, a)
			}
			cols[kind][0], cols[kind][1] = append(cols[kind][0], a), append(cols[kind][1], b)
		}
	}
	real, fake := numbers(cols[0][0], cols[0][1]), numbers(cols[1][0], cols[1][1])
	score, err := detection(real, fake, n, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	// The best classifier says real exactly when the signs agree: AUC ¾.
	if score < 0.4 || score > 0.7 {
		t.Errorf("detection %v, want about 0.5", score)
	}
	if s := logisticDetection(real, fake, n, 1); s < 0.8 {
		t.Errorf("logistic detection %v sees an interaction", s)
	}
	a, b := halves(real, 1)
	if same, _ := detection(a, b, n, 1, 2); same < 0.8 {
		t.Errorf("detection %v of rows of one law", same)
	}
	shifted := numbers(cols[0][0], cols[0][1])
	shifted.cols[0].num = make([]float64, n)
	for i, v := range cols[0][0] {
		shifted.cols[0].num[i] = v + 10
	}
	if s, _ := detection(real, shifted, n, 1, 2); s > 0.01 {
		t.Errorf("detection %v of rows that are elsewhere", s)
	}
	if s, _ := detection(real.subset([]int{0, 1, 2}), fake, n, 1, 2); s.given() {
		t.Errorf("detection %v from 3 rows", s)
	}
}

func TestClassScoresByHand(t *testing.T) {
	// Truth 0 0 1 1, guesses 0 1 1 1: F1 2/3 and 4/5; AUC of 0.9 0.4 | 0.3 0.2.
	p := mat.NewDense(4, 3, []float64{0.9, 0.1, 0, 0.4, 0.6, 0, 0.3, 0.7, 0, 0.2, 0.8, 0})
	f1, area := classScores(p, []int{0, 0, 1, 1})
	near(t, "macro F1", float64(f1), (2.0/3+4.0/5)/2, 1e-15)
	near(t, "AUC", float64(area), 1, 1e-15)
	p.Set(3, 0, 0.95)
	p.Set(3, 1, 0.05)
	f1, area = classScores(p, []int{0, 0, 1, 1})
	near(t, "macro F1", float64(f1), 0.5, 1e-15)
	near(t, "AUC", float64(area), 0.5, 1e-15)
}

func TestNumberScoresByHand(t *testing.T) {
	r2, rmse := numberScores([]float64{1, 2, 5}, []float64{1, 2, 3})
	near(t, "R²", float64(r2), -1, 1e-15)
	near(t, "RMSE", float64(rmse), 2/math.Sqrt(3), 1e-15)
	if r2, _ = numberScores([]float64{1, 2}, []float64{3, 3}); r2.given() {
		t.Errorf("R² %v of a constant", r2)
	}
}

// A level that training rows lack has probability 0, and costs its F1.
func TestUtilityWithoutALevel(t *testing.T) {
	x := mat.NewDense(40, 1, nil)
	class := make([]int, 40)
	for i := range class {
		x.Set(i, 0, float64(i))
		class[i] = 2 * (i / 20)
	}
	p, err := predictClasses(x, class, x, 4, &boost.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if p.At(0, 1) != 0 || p.At(39, 3) != 0 || p.At(0, 0) < 0.9 || p.At(39, 2) < 0.9 {
		t.Errorf("probabilities %v and %v", p.RawRowView(0), p.RawRowView(39))
	}
	p, err = predictClasses(x, make([]int, 40), x, 4, &boost.Options{Workers: 1})
	if err != nil || p.At(7, 0) != 1 {
		t.Errorf("one class: %v, %v", p.RawRowView(7), err)
	}
}

func TestUtility(t *testing.T) {
	train, test := newFrame(table(800, 1)), newFrame(table(400, 2))
	u, err := utility(4, train, test, 2)
	if err != nil {
		t.Fatal(err)
	}
	// The class is noisy for 1 row in 20.
	near(t, "macro F1", float64(u.F1), 0.94, 0.04)
	if u.Task != "classes" || u.R2.given() {
		t.Errorf("%+v", u)
	}
	u, err = utility(1, train, test, 2)
	if err != nil || u.Task != "number" || u.R2 < 0.9 || u.F1.given() {
		t.Errorf("y from x: %+v, %v", u, err)
	}
	shuffled := newFrame(Independent(table(800, 1), 800, 3))
	if u, _ = utility(1, shuffled, test, 2); u.R2 > 0.1 {
		t.Errorf("shuffled columns predict: R² %v", u.R2)
	}
}
