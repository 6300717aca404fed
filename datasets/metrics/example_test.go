package metrics_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
)

func ExampleKolmogorovSmirnov() {
	fmt.Println(metrics.KolmogorovSmirnov([]float64{1, 2, 3, 4}, []float64{2, 3, 4, 5}))
	// Output: 0.25
}

func ExampleWasserstein() {
	fmt.Println(metrics.Wasserstein([]float64{1, 2, 3, 4}, []float64{2, 3, 4, 5}))
	// Output: 1
}

// normal are n rows of independent normal numbers about a mean.
func normal(n int, mean float64, seed uint64) *mat.Dense {
	x, r := mat.NewDense(n, 2, nil), rand.New(rand.NewPCG(seed, 0))
	for i := range n {
		x.SetRow(i, []float64{mean + r.NormFloat64(), mean + r.NormFloat64()})
	}
	return x
}

// A distance is read beside that of two samples of one law.
func ExampleSlicedWasserstein() {
	data, model := normal(2000, 0, 1), normal(2000, 0.5, 2)
	floor := metrics.SlicedWasserstein(data, normal(2000, 0, 3), 50, 1)
	fmt.Println(metrics.SlicedWasserstein(data, model, 50, 1) > 3*floor)
	// Output: true
}

// A classifier tells laws apart that are apart, and not those that are the same.
func ExampleC2ST() {
	ctx, few := context.Background(), metrics.C2STOptions{Folds: 2, Epochs: 20}
	apart, err := metrics.C2ST(ctx, normal(500, 0, 1), normal(500, 3, 2), few)
	if err != nil {
		fmt.Println(err)
		return
	}
	same, err := metrics.C2ST(ctx, normal(500, 0, 1), normal(500, 0, 2), few)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(apart.Accuracy > 0.9, same.Accuracy < 0.65)
	// Output: true true
}
