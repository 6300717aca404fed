package spec_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/sample"
	"tweedie/sde"
)

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
