package accuracy

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/bench"
	"tweedie/sample"
	"tweedie/sde"
)

// Cost is the time of a step of 10,000 rows of 2 columns, on one worker.
type Cost struct {
	Sampler string  `json:"sampler"`
	Step    float64 `json:"ms_per_step"`
	Outside float64 `json:"ms_outside_network"`
	Share   float64 `json:"share"`
}

// idle is a denoiser that costs nothing.
type idle struct{}

func (idle) Schedule() sde.Schedule                       { return sde.VP{} }
func (idle) Dim() int                                     { return 2 }
func (idle) Denoise(dst, x *mat.Dense, _ []float64) error { dst.Copy(x); return nil }

// Costs measures the time of a step of each sampler with a network of 5 layers of 128,
// and without: the least of several runs.
func Costs(ctx context.Context, o *Options) ([]Cost, error) {
	const rows, steps, rounds = 10000, 10, 5
	net, err := bench.Network{Dim: 2, Hidden: 128, Layers: 5}.Model(o.Seed)
	if err != nil {
		return nil, err
	}
	var out []Cost
	for _, s := range onLaws() {
		best := [2]float64{math.Inf(1), math.Inf(1)}
		for range rounds {
			for i, d := range []sde.Denoiser{net, idle{}} {
				begin := o.Clock()
				// The times are far from the data, because an idle denoiser has no law.
				if _, err := sample.Run(ctx, d, s.method, rows, &sample.Options{Steps: steps, Start: 0.5, End: 0.4, Workers: 1}); err != nil {
					return nil, err
				}
				best[i] = min(best[i], o.Clock().Sub(begin).Seconds()*1e3/steps)
			}
		}
		out = append(out, Cost{s.name, best[0], best[1], best[1] / best[0]})
	}
	return out, nil
}
