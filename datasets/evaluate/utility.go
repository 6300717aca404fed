package evaluate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/boost"
)

// Utility is how well a model trained on a table predicts the target on real
// rows that it has not seen. Scores that do not belong to the task are null.
type Utility struct {
	Target string `json:"target"`
	Task   string `json:"task"`     // "classes" or "number"
	F1     Number `json:"macro_f1"` // mean over the classes, 1 is perfect
	AUC    Number `json:"auc"`      // of more than two classes, mean of one against the rest
	R2     Number `json:"r2"`       // 1 is perfect, 0 no better than the mean
	RMSE   Number `json:"rmse"`     // in the unit of the target
}

// utility trains gradient-boosted trees with the defaults of xgboost on train
// and tests them on test (train on synthetic, test on real: Esteban et al.
// 2017, arXiv:1706.02633):
//
//	macro F1   mean over the classes of test of 2 TP / (2 TP + FP + FN)
//	AUC        P(a row of the class scores above one that is not)
//	R²         1 - Σ (y - ŷ)² / Σ (y - ȳ)², ȳ the mean of the test rows
//	RMSE       √ mean (y - ŷ)²
func utility(target int, train, test *frame, workers int) (Utility, error) {
	c := &train.cols[target]
	u := Utility{Target: c.name, Task: "number", F1: none, AUC: none, R2: none, RMSE: none}
	train, test = withTarget(train, target), withTarget(test, target)
	if c.category() {
		u.Task = "classes"
	}
	if train.n < 2 || test.n < 2 {
		return u, nil
	}
	e := newFeatures(target, train, test)
	if e.dim == 0 {
		return u, nil
	}
	x, z := mat.NewDense(train.n, e.dim, nil), mat.NewDense(test.n, e.dim, nil)
	e.fill(x, 0, train)
	e.fill(z, 0, test)
	o := &boost.Options{Workers: workers}
	if c.category() {
		p, err := predictClasses(x, train.cols[target].level, z, len(c.names), o)
		if err != nil {
			return u, fmt.Errorf("target %q: %w", c.name, err)
		}
		u.F1, u.AUC = classScores(p, test.cols[target].level)
		return u, nil
	}
	y := test.cols[target].num
	m, err := boost.Regress(x, train.cols[target].num, o)
	if err != nil {
		return u, fmt.Errorf("target %q: %w", c.name, err)
	}
	p := make([]float64, test.n)
	m.Predict(p, z)
	u.R2, u.RMSE = numberScores(p, y)
	return u, nil
}

func withTarget(f *frame, target int) *frame {
	var idx []int
	for i := range f.n {
		if !f.cols[target].missing(i) {
			idx = append(idx, i)
		}
	}
	if len(idx) == f.n {
		return f
	}
	return f.subset(idx)
}

// predictClasses returns the probabilities of all levels, 0 for those without training rows.
func predictClasses(x *mat.Dense, class []int, z *mat.Dense, levels int, o *boost.Options) (*mat.Dense, error) {
	number := make([]int, levels) // 1 + class of a level that occurs
	var level []int
	small := make([]int, len(class))
	for i, k := range class {
		if number[k] == 0 {
			level = append(level, k)
			number[k] = len(level)
		}
		small[i] = number[k] - 1
	}
	n, _ := z.Dims()
	p := mat.NewDense(n, levels, nil)
	if len(level) == 1 {
		for i := range n {
			p.Set(i, level[0], 1)
		}
		return p, nil
	}
	m, err := boost.Classify(x, small, len(level), o)
	if err != nil {
		return nil, err
	}
	q := mat.NewDense(n, len(level), nil)
	m.Probabilities(q, z)
	for i := range n {
		for j, k := range level {
			p.Set(i, k, q.At(i, j))
		}
	}
	return p, nil
}

func classScores(p *mat.Dense, truth []int) (f1, area Number) {
	n, levels := p.Dims()
	guess := make([]int, n)
	for i := range guess {
		guess[i] = floats.MaxIdx(p.RawRowView(i))
	}
	var f, a []float64
	score, is := make([]float64, n), make([]bool, n)
	for k := range levels {
		tp, wrong, count := 0.0, 0.0, 0
		for i := range n {
			score[i], is[i] = p.At(i, k), truth[i] == k
			switch {
			case is[i] && guess[i] == k:
				tp++
			case is[i] || guess[i] == k:
				wrong++
			}
			if is[i] {
				count++
			}
		}
		if count == 0 {
			continue
		}
		f = append(f, 2*tp/(2*tp+wrong))
		if count < n {
			a = append(a, auc(score, is))
		}
	}
	return Number(mean(f)), Number(mean(a))
}

func numberScores(p, y []float64) (r2, rmse Number) {
	m := mean(y)
	var left, all float64
	for i := range y {
		left += (y[i] - p[i]) * (y[i] - p[i])
		all += (y[i] - m) * (y[i] - m)
	}
	if all == 0 {
		return none, Number(math.Sqrt(left / float64(len(y))))
	}
	return Number(1 - left/all), Number(math.Sqrt(left / float64(len(y))))
}
