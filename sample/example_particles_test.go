package sample_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// Rows of a standard normal that are above 2: every one of them is, and the
// evidence is the probability of that, .0228.
func ExampleRunParticles() {
	model, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), sde.VP{})
	if err != nil {
		log.Fatal(err)
	}
	above := func(dst []float64, x *mat.Dense, _ int) error {
		for i := range dst {
			if dst[i] = 0; x.At(i, 0) < 2 {
				dst[i] = math.Inf(-1)
			}
		}
		return nil
	}
	towards := func(dst []float64, x *mat.Dense, t float64, _ int) error { // soft on the way
		a := model.Schedule().Coeff(t).Alpha
		for i := range dst {
			dst[i] = math.Min(0, 3*a*(x.At(i, 0)-2*a))
		}
		return nil
	}
	steering := sample.FK{Model: model, Reward: above, Intermediate: towards}
	c, err := sample.RunParticles(context.Background(), steering, sample.DPMpp2MSDE{}, 10, 1000, nil)
	if err != nil {
		log.Fatal(err)
	}
	rows, err := c.Draw(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("least row %.1f, probability near .02: %t\n", mat.Min(rows), math.Abs(math.Exp(c.MeanLogEvidence())-0.0228) < 0.004)
	// Output:
	// least row 2.0, probability near .02: true
}
