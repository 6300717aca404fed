package spec_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/nn"
	"tweedie/sample"
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

// A guide file scales the likelihood of an observation, in units of the table. The guide
// does not get to the law that this means; particles weighted by correctors do. With a
// trained table, Network and Codec of a tabular.Model take the place of law and codec.
func ExampleFile_On() {
	table := "length\n10\n12\n14\n16\n18\n20\n"
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(table)), nil })
	meta, err := datasets.Infer(src, nil)
	if err != nil {
		panic(err)
	}
	cells, err := datasets.ReadCells(src, meta)
	if err != nil {
		panic(err)
	}
	codec, err := datasets.Fit(cells, &datasets.FitOptions{Knots: -1})
	if err != nil {
		panic(err)
	}
	law, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), sde.VP{})
	if err != nil {
		panic(err)
	}
	file, err := spec.Parse("guide.yaml", []byte("guide: [{observe: {length: 18}, noise: 2, affine: {likelihood_scale: 4}}]"))
	if err != nil {
		panic(err)
	}
	terms, err := file.On(law, codec, 1).Build(codec, "")
	if err != nil {
		panic(err)
	}
	t, err := terms[0].(guide.AffineScore).Tempered(law)
	if err != nil {
		panic(err)
	}
	p, err := sample.RunParticles(context.Background(), sample.FKC{Models: t.Laws, Weights: t.Powers}, sample.DPMpp2MSDE{}, 4, 200, &sample.ParticleOptions{Options: sample.Options{Steps: 60}})
	if err != nil {
		panic(err)
	}
	mean := 0.0
	for i, w := range p.Weights {
		v, _ := codec.ToValue(0, p.X.At(i, 0))
		mean += w * v / 4
	}
	fmt.Printf("length ≈ %.0f\n", mean)
	// Output: length ≈ 18
}
