package toy_test

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
)

// The mean of -ln p over a sample is near the entropy, the floor of every
// model's negative log likelihood.
func Example() {
	law, err := toy.Lookup("moons")
	if err != nil {
		fmt.Println(err)
		return
	}
	const n = 2000
	x, lp := mat.NewDense(n, law.Dim(), nil), make([]float64, n)
	law.Sample(x, 1, 0)
	law.LogProb(lp, x)
	floor, _ := law.Entropy()
	fmt.Printf("%.1f nats, at least %.4f\n", -floats.Sum(lp)/n, floor)
	// Output: 2.4 nats, at least 2.3939
}
