package evaluate

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/boost"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

const folds = 3

// detection tries to tell real rows from synthetic ones, as many of each, with
// a classifier trained on two thirds and judged on the third:
//
//	1 - mean over 3 folds of (2 max(½, AUC) - 1)
//
// (SDMetrics, Detection; Lopez-Paz and Oquab 2017, arXiv:1610.06545, for the
// test). 1 when the classifier can only guess, 0 when it is always right. The
// classifier is a gradient-boosted forest with the defaults of xgboost
// (Chen and Guestrin 2016, arXiv:1603.02754).
func detection(real, synthetic *frame, limit int, seed uint64, workers int) (Number, error) {
	x, y, fold := bothKinds(real, synthetic, limit, seed)
	if x == nil {
		return none, nil
	}
	return detect(y, fold, func(train, test []int) ([]float64, error) {
		class := make([]int, len(train))
		for k, i := range train {
			class[k] = int(y[i])
		}
		c, err := boost.Classify(rowsOf(x, train), class, 2, &boost.Options{Workers: workers})
		if err != nil {
			return nil, fmt.Errorf("detection: %w", err)
		}
		p := mat.NewDense(len(test), 2, nil)
		c.Probabilities(p, rowsOf(x, test))
		return mat.Col(nil, 1, p), nil
	})
}

// logisticDetection is detection by a logistic regression, the default of SDMetrics. It
// sees no interactions, and missing numbers by a flag of each column that has some.
func logisticDetection(real, synthetic *frame, limit int, seed uint64) Number {
	x, y, fold := bothKinds(real, synthetic, limit, seed)
	if x == nil {
		return none
	}
	x = withFlags(x)
	standardize(x)
	score, _ := detect(y, fold, func(train, test []int) ([]float64, error) {
		w := logistic(rowsOf(x, train), take(y, train))
		p := make([]float64, len(test))
		for k, i := range test {
			p[k] = w[0] + numeric.Dot(x.RawRowView(i), w[1:])
		}
		return p, nil
	})
	return score
}

// bothKinds joins as many real rows (1) as synthetic ones (0), each dealt out over the folds
// at random. x is nil when a fold has fewer than two of each kind.
func bothKinds(real, synthetic *frame, limit int, seed uint64) (x *mat.Dense, y []float64, fold []int) {
	n := min(real.n, synthetic.n, limit)
	if n < 2*folds {
		return nil, nil, nil
	}
	r, s := real.atMost(n, seed, "detection real"), synthetic.atMost(n, seed, "detection synthetic")
	e := newFeatures(-1, r, s)
	x = mat.NewDense(2*n, e.dim, nil)
	e.fill(x, 0, r)
	e.fill(x, n, s)
	y, fold = make([]float64, 2*n), make([]int, 2*n)
	for kind := range 2 {
		for k, i := range stream.New(seed, "folds", uint64(kind)).Perm(n) {
			fold[kind*n+i] = k % folds
			y[kind*n+i] = float64(1 - kind)
		}
	}
	return x, y, fold
}

func detect(y []float64, fold []int, scores func(train, test []int) ([]float64, error)) (Number, error) {
	sum := 0.0
	for f := range folds {
		var train, test []int
		for i := range fold {
			if fold[i] == f {
				test = append(test, i)
			} else {
				train = append(train, i)
			}
		}
		p, err := scores(train, test)
		if err != nil {
			return none, err
		}
		positive := make([]bool, len(test))
		for k, i := range test {
			positive[k] = y[i] == 1
		}
		sum += 2*max(0.5, auc(p, positive)) - 1
	}
	return Number(1 - sum/folds), nil
}

// auc returns the probability that a positive has a higher score than a negative, ties
// counting ½. It is ½ when there is only one kind.
func auc(score []float64, positive []bool) float64 {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	var below, wins, positives float64 // negatives below, pairs won
	for i := 0; i < len(order); {
		var p, n float64
		j := i
		for ; j < len(order) && score[order[j]] == score[order[i]]; j++ {
			if positive[order[j]] {
				p++
			} else {
				n++
			}
		}
		wins += p * (below + n/2)
		below += n
		positives += p
		i = j
	}
	if positives == 0 || below == 0 {
		return 0.5
	}
	return wins / (positives * below)
}

func rowsOf(x *mat.Dense, idx []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(idx), d, nil)
	for k, i := range idx {
		copy(out.RawRowView(k), x.RawRowView(i))
	}
	return out
}
