package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/internal/figure"
	"tweedie/sample"
)

// encoding compares the latents that a model gives to rows with those of the
// first model.
type encoding struct {
	Model       string     `json:"model"`
	Correlation [2]float64 `json:"correlation"` // per latent
	RMS         float64    `json:"rms_difference"`
}

// benchEncodings encodes the same rows with networks of other widths, depths
// and seeds, and with one that has seen no data.
func (a *app) benchEncodings(ctx context.Context, o *samplersFlags, d *toyData, part *trainedPart) error {
	recipes, err := o.recipes()
	if err != nil {
		return err
	}
	loss := recipes[0].loss // VP
	base := recipe{"hidden 64, 4 layers, seed 100", 64, 4, loss}
	x := d.test.Slice(0, 2000, 0, 2).(*mat.Dense)
	encode := func(r recipe, steps int, seed uint64) (*mat.Dense, error) {
		m, err := d.fit(ctx, r, steps, seed, a.workers)
		if err != nil {
			return nil, err
		}
		return sample.EncodeByFlow(ctx, m, x, &sample.FlowOptions{RTol: 1e-4, ATol: 1e-4, Workers: a.workers})
	}
	first, err := encode(base, o.steps, 100)
	if err != nil {
		return err
	}
	a.heading("checkerboard: latents of 2000 rows, against those of hidden 64, 4 layers, seed 100", "model", "correlation of z₁", "of z₂", "rms difference")
	for i, c := range []struct {
		recipe
		steps int
		seed  uint64
	}{
		{recipe{"hidden 128, 3 layers, seed 101", 128, 3, loss}, o.steps, 101},
		{recipe{"hidden 32, 6 layers, seed 102", 32, 6, loss}, o.steps, 102},
		{recipe{"hidden 64, 4 layers, after 1 step", 64, 4, loss}, 1, 103},
	} {
		z, err := encode(c.recipe, c.steps, c.seed)
		if err != nil {
			return err
		}
		e := encoding{Model: c.name}
		var diff mat.Dense
		diff.Sub(z, first)
		e.RMS = mat.Norm(&diff, 2) / math.Sqrt(float64(2*2000))
		for j := range e.Correlation {
			e.Correlation[j] = stat.Correlation(mat.Col(nil, j, z), mat.Col(nil, j, first), nil)
		}
		part.Encodings = append(part.Encodings, e)
		a.row(e.Model, fmt.Sprintf("%.5f", e.Correlation[0]), fmt.Sprintf("%.5f", e.Correlation[1]), fmt.Sprintf("%.4f", e.RMS))
		if i == 0 {
			if err := o.drawEncodings(first, z); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawEncodings draws each latent of 400 rows as a dash.
func (o *samplersFlags) drawEncodings(x, y *mat.Dense) error {
	const half = 0.025
	lines := []figure.Series{{Name: "z₁"}, {Name: "z₂"}}
	for j := range lines {
		for i := range 400 {
			u, v := x.At(i, j), y.At(i, j)
			lines[j].X = append(lines[j].X, u-half, u+half, math.NaN())
			lines[j].Y = append(lines[j].Y, v, v, math.NaN())
		}
	}
	f, err := figure.Curve(figure.Axes{
		Title: "The same 400 rows, encoded by two networks", X: "hidden 64, 4 layers, seed 100", Y: "hidden 128, 3 layers, seed 101",
	}, lines...)
	return o.draw("samplers-encodings", f, err)
}
