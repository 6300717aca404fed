package main

import (
	"cmp"
	"context"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints/onnx"
	"tweedie/internal/stream"
	"tweedie/train/sbi"
	"tweedie/train/tabular"
)

// exportedPosterior is the sampler of a posterior given an observation, and examples of it.
func (a *app) exportedPosterior(ctx context.Context, o *exportFlags) (*tabular.Exported, *tabular.Examples, error) {
	switch {
	case o.observation == "":
		return nil, nil, badUsage("%s is a posterior: give its --observation", o.models[0])
	case o.what != "" && o.what != "sampler" || o.decoding != "" || len(o.models) > 1:
		return nil, nil, badUsage("of a posterior the sampler is exported, of one --model, and its rows are the parameters: leave --what and --decoding away")
	}
	m, err := sbi.Load(o.models[0])
	if err != nil {
		return nil, nil, err
	}
	src, err := a.table(ctx, o.observation)
	if err != nil {
		return nil, nil, err
	}
	obs, err := m.ReadObservations(src)
	if err != nil {
		return nil, nil, err
	}
	p, err := m.Posterior(obs.X)
	if err != nil {
		return nil, nil, err
	}
	s, err := o.method()
	if err != nil {
		return nil, nil, err
	}
	method, err := s.Method(m.Schedule())
	if err != nil {
		return nil, nil, err
	}
	kind := onnx.Float
	if o.float64 {
		kind = onnx.Double
	}
	g, err := p.Export(method, s.Options(), kind)
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return nil, nil, err
	}
	a.caveats(p.Caveats())
	d, _ := m.Dims()
	r, noise := stream.New(a.seed, "export/noise"), mat.NewDense(exampleRows, d, nil)
	noise.Apply(func(int, int, float64) float64 { return float64(float32(r.NormFloat64())) }, noise)
	theta, err := p.FromNoise(ctx, noise, method, s.Options())
	if err != nil {
		return nil, nil, err
	}
	return &tabular.Exported{Graph: g, Evaluations: s.Evaluations()},
		&tabular.Examples{Inputs: map[string]*mat.Dense{"noise": noise}, Outputs: map[string]*mat.Dense{"theta": theta}}, nil
}
