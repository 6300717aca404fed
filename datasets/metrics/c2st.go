package metrics

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/mersenne"
	"tweedie/internal/parallel"
)

// C2STOptions are the settings of C2ST. The zero value is the protocol of the
// benchmark of simulation-based inference; other values are not comparable with
// published numbers.
type C2STOptions struct {
	Folds   int    // of the cross-validation, at least 2; 0 is 5
	Epochs  int    // the most that a fold is trained for; 0 is 10,000
	Seed    uint32 // of folds, weights and order of rows; 0 is 1
	Workers int    // folds trained at once, 0 for one per core; changes no bit
}

// C2STResult is what C2ST measured.
type C2STResult struct {
	Accuracy float64     // mean over the folds: ½ if the laws are the same, 1 if they are apart
	Folds    []float64   // of each fold
	Loss     [][]float64 // of each fold, after each epoch
}

// C2ST is the classifier two-sample test (Lopez-Paz & Oquab 2017, arXiv:1610.06545) by
// the protocol of Lueckmann et al. 2021 (arXiv:2101.04653): how well a network tells
// the rows of y from those of x, the reference. Both are z-scored by the mean and
// standard deviation (n - 1) of x. A network with two hidden layers of 10 d rectified
// units is trained on four of five folds and judged on the fifth:
//
//	Adam, rate 0.001, batches of 200, L2 penalty 1e-4/2 Σw², at most 10,000 epochs,
//	until the loss has not fallen by 1e-4 below its least in 11 epochs in a row
//
// Folds, initial weights and the order of rows are those of scikit-learn with
// random_state=1, draw by draw, so that only the rounding of sums differs: the accuracy
// is within 0.01 of MLPClassifier's, and mostly nearer.
//
// The benchmark takes 10,000 rows of each. With fewer the network learns less and the
// accuracy is nearer to ½; the standard error from the rows alone is about
// ½/√(rows of both). Sizes may differ, but then ½ is not what equal laws give. The
// arithmetic is float32: results on processors of different kinds differ as two runs of
// scikit-learn on them would.
//
// It errs on a number that is not finite, on a column of x that is constant, on fewer
// than 20 rows of either, and when ctx is done. It panics unless x and y have the same
// number of columns.
func C2ST(ctx context.Context, x, y *mat.Dense, o C2STOptions) (*C2STResult, error) {
	d := columns(x, y)
	if o.Folds == 0 {
		o.Folds = 5
	}
	if o.Epochs == 0 {
		o.Epochs = 10_000
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Folds < 2 || o.Epochs < 0 {
		return nil, fmt.Errorf("C2ST: %d folds and %d epochs: give at least 2 folds and 1 epoch", o.Folds, o.Epochs)
	}
	rows, class, err := standardized(x, y)
	if err != nil {
		return nil, err
	}
	n := len(class)
	if n < 2*o.Folds {
		return nil, fmt.Errorf("C2ST: %d folds of %d rows: give fewer folds", o.Folds, n)
	}
	test := folds(n, o.Folds, o.Seed)
	r := &C2STResult{Folds: make([]float64, o.Folds), Loss: make([][]float64, o.Folds)}
	parallel.For(o.Workers, o.Folds, func(k int) {
		var training, held []int
		for i := range n {
			if test[i] == k {
				held = append(held, i)
			} else {
				training = append(training, i)
			}
		}
		c := newClassifier(d, o.Seed)
		r.Loss[k] = c.train(ctx, rows, class, training, o.Epochs)
		r.Folds[k] = c.accuracy(rows, class, held)
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for k, a := range r.Folds {
		last := r.Loss[k][len(r.Loss[k])-1]
		if math.IsNaN(last) || math.IsInf(last, 0) {
			return nil, fmt.Errorf("C2ST: the loss of fold %d is %g: the samples are too far apart in scale", k+1, last)
		}
		r.Accuracy += a / float64(o.Folds)
	}
	return r, nil
}

// fewest is the number of rows of a sample below which nothing can be told.
const fewest = 20

// standardized returns the rows of x, class 0, and of y, class 1, in units of x.
func standardized(x, y *mat.Dense) (rows, class []float32, err error) {
	n, d := x.Dims()
	m, _ := y.Dims()
	if n < fewest || m < fewest {
		return nil, nil, fmt.Errorf("C2ST: %d and %d rows: give at least %d of each", n, m, fewest)
	}
	for k, sample := range []*mat.Dense{x, y} {
		if err := checkFinite(sample, []string{"reference", "sample"}[k]); err != nil {
			return nil, nil, fmt.Errorf("C2ST: %w", err)
		}
	}
	rows, class = make([]float32, (n+m)*d), make([]float32, n+m)
	for i := range m {
		class[n+i] = 1
	}
	for j := range d {
		mean, sd, constant := 0.0, 0.0, true
		for i := range n {
			mean += x.At(i, j) / float64(n)
			constant = constant && x.At(i, j) == x.At(0, j)
		}
		for i := range n {
			sd += (x.At(i, j) - mean) * (x.At(i, j) - mean)
		}
		sd = math.Sqrt(sd / float64(n-1))
		if constant || sd == 0 {
			return nil, nil, fmt.Errorf("C2ST: column %d of the reference is constant: remove it from both", j+1)
		}
		for i := range n {
			rows[i*d+j] = float32((x.At(i, j) - mean) / sd)
		}
		for i := range m {
			rows[(n+i)*d+j] = float32((y.At(i, j) - mean) / sd)
		}
	}
	return rows, class, nil
}

func checkFinite(m *mat.Dense, name string) error {
	n, d := m.Dims()
	for i := range n {
		for j := range d {
			if v := m.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("row %d, column %d of the %s is %g: give finite numbers", i+1, j+1, name, v)
			}
		}
	}
	return nil
}

// folds returns the fold of each row, as KFold(k, shuffle=True, random_state=seed) cuts
// them: the first n mod k folds have a row more.
func folds(n, k int, seed uint32) []int {
	fold, at := make([]int, n), 0
	order := mersenne.New(seed).Perm(n)
	for f := range k {
		size := n / k
		if f < n%k {
			size++
		}
		for _, i := range order[at : at+size] {
			fold[i] = f
		}
		at += size
	}
	return fold
}
