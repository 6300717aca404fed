package losses_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/losses"
	"tweedie/sde"
)

// A problem is drawn from clean rows: noisy inputs, targets and weights. Whoever holds a
// denoiser evaluates it.
func ExampleDenoising() {
	o := losses.Denoising{Sched: sde.VP{}, Weight: losses.MinSNR{Gamma: 5}}
	if err := o.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	x := mat.NewDense(4, 1, []float64{-1, 0, 1, 2})
	var p losses.Problem
	o.Draw(&p, x, losses.Batch{Seed: 1, Step: 7, Total: 4})
	fmt.Printf("targets %v, loss of D = 0: %.1f or more\n", mat.Col(nil, 0, p.Target), min(p.Loss(mat.NewDense(4, 1, nil)), 0.1))
	// Output: targets [-1 0 1 2], loss of D = 0: 0.1 or more
}

// No denoiser has a smaller expected loss than E[x_0 | x_t], whatever the weighting.
func ExampleEvaluate() {
	law, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), sde.VP{})
	if err != nil {
		fmt.Println(err)
		return
	}
	wrong, err := sde.NewGaussian([]float64{0.5}, mat.NewSymDense(1, []float64{1}), sde.VP{})
	if err != nil {
		fmt.Println(err)
		return
	}
	x := mat.NewDense(4000, 1, nil)
	law.Sample(x, 1, 0)
	b := losses.Batch{Seed: 2, Total: 4000}
	for _, w := range []losses.Weighting{losses.EDM{}, losses.LikelihoodWeighting{}} {
		o := losses.Denoising{Sched: sde.VP{}, Weight: w}
		right, err := losses.Evaluate(law, o, x, b)
		if err != nil {
			fmt.Println(err)
			return
		}
		other, err := losses.Evaluate(wrong, o, x, b)
		fmt.Println(right < other, err)
	}
	// Output:
	// true <nil>
	// true <nil>
}
