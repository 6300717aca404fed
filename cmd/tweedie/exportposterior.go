package main

import (
	"cmp"
	"context"

	"tweedie/checkpoints/onnx"
	"tweedie/train/sbi"
)

// exportPosterior is the sampler of a posterior given an observation, and examples of it.
func (a *app) exportPosterior(ctx context.Context, o *exportFlags) (*exported, error) {
	switch {
	case o.observation == "":
		return nil, badUsage("%s is a posterior: give its --observation", o.models[0])
	case o.what != "" && o.what != "sampler" || o.decoding != "" || len(o.models) > 1:
		return nil, badUsage("of a posterior the sampler is exported, of one --model, and its rows are the parameters: leave --what and --decoding away")
	}
	m, err := sbi.Load(o.models[0])
	if err != nil {
		return nil, err
	}
	src, err := a.table(ctx, o.observation)
	if err != nil {
		return nil, err
	}
	obs, err := m.ReadObservations(src)
	if err != nil {
		return nil, err
	}
	p, err := m.Posterior(obs.X)
	if err != nil {
		return nil, err
	}
	s, err := o.method()
	if err != nil {
		return nil, err
	}
	method, err := s.Method(m.Schedule())
	if err != nil {
		return nil, err
	}
	kind := onnx.Float
	if o.float64 {
		kind = onnx.Double
	}
	g, err := p.Export(method, s.Options(), kind)
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return nil, err
	}
	a.caveats(p.Caveats())
	x, err := p.Examples(ctx, exampleRows, a.seed, method, s.Options())
	return &exported{graph: g, evaluations: s.Evaluations(), examples: x}, err
}
