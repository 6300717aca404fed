package spec_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sde"
)

// An expression is what a guide observes, and with one value a reward or a bound.
func Example_expression() {
	prior, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1}), sde.VP{})
	if err != nil {
		log.Fatal(err)
	}
	radius, err := nn.ParseExpression([]string{"x", "y"}, "sqrt(x^2 + y^2 + 1e-6)")
	if err != nil {
		log.Fatal(err)
	}
	x, mean := mat.NewDense(1, 2, []float64{0.6, 0.8}), mat.NewDense(1, 2, nil)
	for _, term := range []guide.Term{
		guide.MMPS{Observation: sde.Observation{A: radius, Y: mat.NewDense(1, 1, []float64{2}), Error: sde.NormalError{SD: 0.1}}},
		guide.Reward{A: radius, Strength: 2},
		guide.Bounds{A: radius, Lo: 2, Hi: 3},
	} {
		if err := guide.New(prior, term).Denoise(mean, x, []float64{0.5}); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.2f\n", mean.RawRowView(0))
	}
	// Output:
	// [1.19 1.59]
	// [1.27 1.70]
	// [1.39 1.86]
}
