package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
	"tweedie/sample"
	"tweedie/sde"
)

// tolerance is the error of an adaptive sampler on its own path.
type tolerance struct {
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

// benchTolerance compares the flow with the map of quantiles, which it is, and
// the SDE with a fine solution on the same Brownian paths.
func (a *app) benchTolerance(ctx context.Context, _ *samplersFlags, r *samplersReport) error {
	const rows, seed = 100, 7
	d := bimodal()
	from, to := quantiles(d, rows, 1), quantiles(d, rows, lawsEnd)
	run := func(m sample.Method, o sample.Options) (*sample.Result, error) {
		o.From = mat.NewDense(rows, 1, append([]float64(nil), from...))
		o.Seed, o.Workers = seed, a.workers
		return sample.Run(ctx, d, m, rows, &o)
	}
	a.heading("Adaptive samplers on the mixture: root mean square error of the end of a path", "sampler", "tolerance", "error", "evaluations")
	add := func(name string, tol float64, res *sample.Result, want []float64) {
		t := tolerance{name, tol, rms(res.X.RawMatrix().Data, want), res.NFE}
		r.Tolerance = append(r.Tolerance, t)
		a.row(name, fmt.Sprintf("%.0e", tol), fmt.Sprintf("%.1e", t.Error), fmt.Sprintf("%.0f", t.NFE))
	}
	for _, tol := range []float64{1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8} {
		res, err := run(sample.DormandPrince{RTol: tol, ATol: tol}, sample.Options{End: lawsEnd})
		if err != nil {
			return err
		}
		add("dopri5", tol, res, to)
	}
	fine, err := run(sample.ShARK{}, sample.Options{End: lawsEnd, Steps: 6000, Grid: sample.QuadraticGrid{}, Brownian: true})
	if err != nil {
		return err
	}
	for _, tol := range []float64{1, 1e-1, 1e-2, 1e-3, 1e-4} {
		res, err := run(sample.AdaptiveSDE{RTol: tol, ATol: tol}, sample.Options{End: lawsEnd})
		if err != nil {
			return err
		}
		add("adaptive-sde", tol, res, fine.X.RawMatrix().Data)
	}
	return nil
}

// benchPaths draws paths of the flow and of the reverse SDE from the same
// starts.
func (a *app) benchPaths(ctx context.Context, o *samplersFlags, _ *samplersReport) error {
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
			Steps: 100, Grid: sample.UniformGrid{}, Seed: a.seed,
			From: mat.NewDense(rows, 1, append([]float64(nil), from...)),
			Observe: func(e sample.Progress) error {
				for i := range paths {
					paths[i].X, paths[i].Y = append(paths[i].X, e.T), append(paths[i].Y, e.X.At(i, 0))
				}
				return nil
			},
		})
		if err != nil {
			return err
		}
		all := figure.Series{Name: c.name} // with gaps, as one series
		for i, p := range paths {
			if c.m.Info().Stochastic && i%2 == 0 {
				continue // half of the rough ones are enough
			}
			all.X, all.Y = append(append(all.X, p.X...), math.NaN()), append(append(all.Y, p.Y...), math.NaN())
		}
		lines = append(lines, all)
	}
	f, err := figure.Curve(figure.Axes{Title: "From noise (t = 1) to data (t = 0), from the same starts", X: "t", Y: "x"}, lines...)
	return o.draw("samplers-paths", f, err)
}

// samplerMs is what a step of 10,000 rows of 2 columns costs, on one worker.
type samplerMs struct {
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

func (a *app) benchCost(ctx context.Context, _ *samplersFlags, r *samplersReport) error {
	const rows, steps, rounds = 10000, 10, 5
	net, err := (&benchFlags{dim: 2, hidden: 128, layers: 5}).model(a.seed)
	if err != nil {
		return err
	}
	a.heading("Cost of a step: 10,000 rows of 2 columns, hidden 128, 5 layers, one worker", "sampler", "ms per step", "ms outside the network", "share")
	for _, f := range compared {
		m, err := f.on(sde.VP{})
		if err != nil {
			return err
		}
		best := [2]float64{math.Inf(1), math.Inf(1)}
		for range rounds {
			for i, d := range []sde.Denoiser{net, idle{}} {
				begin := time.Now()
				// The times are far from the data: an idle denoiser has no law.
				if _, err := sample.Run(ctx, d, m, rows, &sample.Options{Steps: steps, Start: 0.5, End: 0.4, Workers: 1}); err != nil {
					return err
				}
				best[i] = min(best[i], time.Since(begin).Seconds()*1e3/steps)
			}
		}
		c := samplerMs{f.label(), best[0], best[1], best[1] / best[0]}
		r.Cost = append(r.Cost, c)
		a.row(c.Sampler, fmt.Sprintf("%.2f", c.Step), fmt.Sprintf("%.2f", c.Outside), fmt.Sprintf("%.1f %%", 100*c.Share))
	}
	return nil
}
