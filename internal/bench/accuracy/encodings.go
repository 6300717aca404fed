package accuracy

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/internal/figure"
	"tweedie/sample"
)

// Encoding compares the latents that a model gives to rows with those of the first
// model.
type Encoding struct {
	Model       string     `json:"model"`
	Correlation [2]float64 `json:"correlation"` // per latent
	RMS         float64    `json:"rms_difference"`
}

// EncodedRows is the number of rows that are encoded.
const EncodedRows = 2000

// Encodings encodes the same rows with networks of several widths, depths and seeds,
// and with one after a single step. It plots the latents of the first two networks.
func (m *Models) Encodings(ctx context.Context) ([]Encoding, *figure.Figure, error) {
	kinds, err := recipes()
	if err != nil {
		return nil, nil, err
	}
	o, loss := m.o, kinds[0].loss // VP
	x := m.data.test.Slice(0, EncodedRows, 0, 2).(*mat.Dense)
	encode := func(r recipe, steps int, seed uint64) (*mat.Dense, error) {
		net, err := m.data.fit(ctx, r, steps, seed, o.Workers)
		if err != nil {
			return nil, err
		}
		return sample.EncodeByFlow(ctx, net, x, &sample.FlowOptions{RTol: 1e-4, ATol: 1e-4, Workers: o.Workers})
	}
	first, err := encode(recipe{"hidden 64, 4 layers, seed 100", 64, 4, loss}, o.Steps, 100)
	if err != nil {
		return nil, nil, err
	}
	var out []Encoding
	var plot *figure.Figure
	for i, c := range []struct {
		recipe
		steps int
		seed  uint64
	}{
		{recipe{"hidden 128, 3 layers, seed 101", 128, 3, loss}, o.Steps, 101},
		{recipe{"hidden 32, 6 layers, seed 102", 32, 6, loss}, o.Steps, 102},
		{recipe{"hidden 64, 4 layers, after 1 step", 64, 4, loss}, 1, 103},
	} {
		z, err := encode(c.recipe, c.steps, c.seed)
		if err != nil {
			return nil, nil, err
		}
		e := Encoding{Model: c.name}
		var diff mat.Dense
		diff.Sub(z, first)
		e.RMS = mat.Norm(&diff, 2) / math.Sqrt(float64(2*EncodedRows))
		for j := range e.Correlation {
			e.Correlation[j] = stat.Correlation(mat.Col(nil, j, z), mat.Col(nil, j, first), nil)
		}
		out = append(out, e)
		if i == 0 {
			if plot, err = plotEncodings(first, z); err != nil {
				return nil, nil, err
			}
		}
	}
	return out, plot, nil
}

// plotEncodings draws each latent of 400 rows as a dash.
func plotEncodings(x, y *mat.Dense) (*figure.Figure, error) {
	const half = 0.025
	lines := []figure.Series{{Name: "z₁"}, {Name: "z₂"}}
	for j := range lines {
		for i := range 400 {
			u, v := x.At(i, j), y.At(i, j)
			lines[j].X = append(lines[j].X, u-half, u+half, math.NaN())
			lines[j].Y = append(lines[j].Y, v, v, math.NaN())
		}
	}
	return figure.Curve(figure.Axes{
		Title: "The same 400 rows, encoded by two networks", X: "hidden 64, 4 layers, seed 100", Y: "hidden 128, 3 layers, seed 101",
	}, lines...)
}
