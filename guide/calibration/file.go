package calibration

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/guide/spec"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// Run calibrates the observations of a guide file on a model of rows encoded by c, as are
// Network and Codec of a tabular.Model. The values in the file play no role: observations are drawn, with errors of the laws in
// the file. It errs on a file with intervals or rewards, from which there is nothing to
// draw.
func Run(ctx context.Context, prior sde.Differentiable, c *datasets.Codec, f *spec.File, o *Options) (*Report, error) {
	f, stop := f.Start(ctx)
	defer stop()
	f, err := f.Under(prior.Schedule())
	if err != nil {
		return nil, err
	}
	seed := uint64(0)
	if o != nil && o.Sample != nil {
		seed = o.Sample.Seed
	}
	f = f.On(prior, c, seed)
	obs, err := f.Observations(c)
	if err != nil {
		return nil, err
	}
	if _, err := f.Guides(obs, ""); err != nil {
		return nil, err
	}
	build := func(y *mat.Dense) ([]guide.Term, error) {
		n, _ := y.Dims()
		drawn, at := make([]sde.Observation, len(obs)), 0
		for i, b := range obs {
			_, m := b.A.Dims()
			b.Y = mat.DenseCopyOf(y.Slice(0, n, at, at+m))
			drawn[i], at = b, at+m
		}
		return f.Guides(drawn, "")
	}
	simulate := func(x *mat.Dense) (*mat.Dense, error) { return observe(x, obs, f.Terms, seed) }
	return Of(ctx, prior, c.Names(), simulate, build, o)
}

// observe draws an observation of each row of x: those of all terms side by side.
func observe(x *mat.Dense, obs []sde.Observation, terms []spec.Entry, seed uint64) (*mat.Dense, error) {
	n, _ := x.Dims()
	sizes, total := make([]int, len(obs)), 0
	for i, b := range obs {
		_, sizes[i] = b.A.Dims()
		total += sizes[i]
	}
	y, at := mat.NewDense(n, total, nil), 0
	for i, b := range obs {
		part := y.Slice(0, n, at, at+sizes[i]).(*mat.Dense)
		if err := b.A.Apply(part, x); err != nil {
			return nil, err
		}
		if r := numeric.NonFinite(part); r >= 0 {
			return nil, fmt.Errorf("guide %d is infinite or NaN for a row of the model (replica %d): check needs a value for every row, as by max(…, 0.1) around what is divided by or has a root", i+1, r+1)
		}
		key := stream.NewKey(seed, "check/noise").At(uint64(i))
		src := stream.NewSource(key)
		for r := range n {
			src.Seek(key.At(uint64(r)))
			row := part.RawRowView(r)
			for j := range row {
				row[j] = terms[i].Noise.DrawFor(src.Rand, j, row[j])
			}
		}
		at += sizes[i]
	}
	return y, nil
}
