package accuracy

import (
	"bytes"
	"context"
	"image"
	"image/color/palette"
	"image/draw"
	"image/png"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
	"tweedie/sample"
)

// inFigures are the samplers of the figures.
var inFigures = []string{"dpmpp2m", "unipc", "ddim", "heun", "pf-euler", "dpmpp2m-sde", "stochastic-heun", "euler", "reverse + langevin"}

// Plot draws the error over the number of evaluations, both on logarithmic axes.
func Plot(title, y string, rows []Curve) (*figure.Figure, error) {
	var lines []figure.Series
	for _, want := range inFigures {
		for _, r := range rows {
			if r.Sampler != want {
				continue
			}
			s := figure.Series{Name: r.Sampler}
			for i, e := range r.Error {
				if e > 0 && e < 1 {
					s.X, s.Y = append(s.X, float64(r.NFE[i])), append(s.Y, e)
				}
			}
			lines = append(lines, s)
		}
	}
	note := "Not drawn: errors of 1 and more"
	for _, r := range rows {
		if !slices.Contains(inFigures, r.Sampler) {
			note += ", " + r.Sampler
		}
	}
	return figure.Lines(figure.Axes{Title: title, X: "evaluations of the denoiser", Y: y, LogX: true, LogY: true, Note: note + "."}, lines...)
}

// PlotPaths draws paths of the probability flow and of the reverse SDE from the same
// starts, on the mixture of Mixture.
func PlotPaths(ctx context.Context, seed uint64) (*figure.Figure, error) {
	const rows = 12
	d := bimodal()
	from := quantiles(d, rows, 1)
	var lines []figure.Series
	for _, c := range []struct {
		name string
		m    sample.Method
	}{{"euler, reverse SDE", sample.EulerMaruyama{}}, {"dpmpp2m, probability flow", sample.DPMpp2M{}}} {
		paths := make([]figure.Series, rows)
		_, err := sample.Run(ctx, d, c.m, rows, &sample.Options{
			Steps: 100, Grid: sample.UniformGrid{}, Seed: seed,
			From: mat.NewDense(rows, 1, append([]float64(nil), from...)),
			Observe: func(e sample.Progress) error {
				for i := range paths {
					paths[i].X, paths[i].Y = append(paths[i].X, e.T), append(paths[i].Y, e.X.At(i, 0))
				}
				return nil
			},
		})
		if err != nil {
			return nil, err
		}
		all := figure.Series{Name: c.name} // one series with gaps
		for i, p := range paths {
			if c.m.Info().Stochastic && i%2 == 0 {
				continue // half of the rough paths are enough
			}
			all.X, all.Y = append(append(all.X, p.X...), math.NaN()), append(append(all.Y, p.Y...), math.NaN())
		}
		lines = append(lines, all)
	}
	return figure.Curve(figure.Axes{Title: "From noise (t = 1) to data (t = 0), from the same starts", X: "t", Y: "x"}, lines...)
}

// PNG encodes a figure with a palette, which keeps it small.
func PNG(f *figure.Figure) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(f.PNG()))
	if err != nil {
		return nil, err
	}
	small := image.NewPaletted(full.Bounds(), palette.Plan9)
	draw.Draw(small, full.Bounds(), full, full.Bounds().Min, draw.Src)
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small)
	return b.Bytes(), err
}
