package calibration_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/guide/calibration"
	"tweedie/internal/stream"
	"tweedie/sample"
	"tweedie/sde"
)

// DPS is too narrow on a normal law that is observed with an error.
func ExampleOf() {
	prior, _ := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), sde.VP{})
	simulate := func(x *mat.Dense) (*mat.Dense, error) {
		r, y := stream.New(1, "example"), mat.DenseCopyOf(x)
		y.Apply(func(_, _ int, v float64) float64 { return v + 0.3*r.NormFloat64() }, y)
		return y, nil
	}
	build := func(y *mat.Dense) ([]guide.Term, error) {
		o := sde.Observation{A: sde.Columns{Dim: 1, Index: []int{0}}, Y: y, Error: sde.NormalError{SD: 0.3}}
		return []guide.Term{guide.DPS{Observation: o}}, nil
	}
	report, err := calibration.Of(context.Background(), prior, []string{"x"}, simulate, build, &calibration.Options{
		Draws: 19, Sample: &sample.Options{Steps: 30},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Columns[0].Verdict()[:16])
	// Output: x: is too narrow
}
