package accuracy

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// Tolerance is the error of an adaptive sampler on its own path.
type Tolerance struct {
	Sampler   string  `json:"sampler"`
	Tolerance float64 `json:"tolerance"`
	Error     float64 `json:"error"` // root mean square
	NFE       float64 `json:"nfe"`
}

func rms(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += (v - y[i]) * (v - y[i])
	}
	return math.Sqrt(sum / float64(len(x)))
}

// Tolerances measures the adaptive samplers on the mixture of Mixture: the root mean
// square error of the end of a path. The exact flow maps quantiles to quantiles. The
// SDE is compared with a fine solution on the same Brownian paths.
func Tolerances(ctx context.Context, o *Options) ([]Tolerance, error) {
	const rows, seed = 100, 7
	d := bimodal()
	from, to := quantiles(d, rows, 1), rowQuantiles(d, rows, lawsEnd)
	run := func(m sample.Method, opts sample.Options) (*sample.Result, error) {
		opts.From = mat.NewDense(rows, 1, append([]float64(nil), from...))
		opts.End, opts.Seed, opts.Workers = lawsEnd, seed, o.Workers
		return sample.Run(ctx, d, m, rows, &opts)
	}
	var out []Tolerance
	add := func(name string, tol float64, m sample.Method, want []float64) error {
		res, err := run(m, sample.Options{})
		if err != nil {
			return err
		}
		out = append(out, Tolerance{name, tol, rms(res.X.RawMatrix().Data, want), res.NFE})
		return nil
	}
	for _, tol := range []float64{1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8} {
		if err := add("dopri5", tol, sample.DormandPrince{RTol: tol, ATol: tol}, to); err != nil {
			return nil, err
		}
	}
	fine, err := run(sample.ShARK{}, sample.Options{Steps: 6000, Grid: sample.QuadraticGrid{}, Brownian: true})
	if err != nil {
		return nil, err
	}
	for _, tol := range []float64{1, 1e-1, 1e-2, 1e-3, 1e-4} {
		if err := add("adaptive-sde", tol, sample.AdaptiveSDE{RTol: tol, ATol: tol}, fine.X.RawMatrix().Data); err != nil {
			return nil, err
		}
	}
	return out, nil
}
