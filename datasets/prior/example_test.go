package prior_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
)

func ExampleParse() {
	p, err := prior.Parse([]byte(`
prior:
  - {name: rate, law: uniform, low: 0, high: 2}
  - {name: delay, law: normal, mean: 3, sd: 2, above: 0}
`))
	if err != nil {
		panic(err)
	}
	theta, z := mat.NewDense(1, 2, []float64{1.5, 3}), mat.NewDense(1, 2, nil)
	if err := p.Whiten(z, theta); err != nil {
		panic(err)
	}
	p.Unwhiten(theta, z)
	fmt.Printf("%v: z = %.3f, θ = %.3f\n", p.Names(), z.RawRowView(0), theta.RawRowView(0))
	// Output: [rate delay]: z = [0.674 -0.090], θ = [1.500 3.000]
}
