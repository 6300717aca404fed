package bench

import (
	"context"
	"fmt"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Guides are the names of the guides that Guide measures.
func Guides() []string { return []string{"dps", "pigdm", "mmps"} }

// newTerm returns the term of that name for one observed number: the first column,
// with a normal error of standard deviation 0.5.
func newTerm(name string, dim int) (guide.Term, error) {
	first := make([]float64, dim)
	first[0] = 1
	obs := sde.Observation{
		A: sde.NewLinearMap(mat.NewDense(1, dim, first)), Y: mat.NewDense(1, 1, []float64{0.5}), Error: sde.NormalError{SD: 0.5},
	}
	switch name {
	case "dps":
		return guide.DPS{Observation: obs}, nil
	case "pigdm":
		return guide.PiGDM{Observation: obs}, nil
	case "mmps":
		return guide.MMPS{Observation: obs}, nil
	}
	return nil, fmt.Errorf("bench: unknown guide %q", name)
}

// Guide measures guided sampling against unguided sampling, in turn. name is one of
// Guides.
func Guide(ctx context.Context, o *Options, s *Sampling, name string) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	term, err := newTerm(name, o.Dim)
	if err != nil {
		return nil, err
	}
	m, err := o.Model(o.Seed)
	if err != nil {
		return nil, err
	}
	posterior := guide.New(m, term)
	if err := posterior.Err(); err != nil {
		return nil, err
	}
	b, plain := o.newSampleBench(posterior, s, o.Workers), o.newSampleBench(m, s, o.Workers)
	runs := []*sampleBench{b, plain}
	if o.Scaling {
		runs = append(runs, o.newSampleBench(posterior, s, 1))
	}
	r := o.report("guide")
	r.Guide = name
	if r.AllocsPerStep, r.BytesPerStep, err = b.allocations(ctx); err != nil {
		return nil, err
	}
	if r.Pullbacks, err = b.pullbacks(ctx, m, term); err != nil {
		return nil, err
	}
	peak, err := inTurn(o, runs, rounds, func(b *sampleBench) error { return b.run(ctx, o.Clock, o.share(len(runs))) })
	if err != nil {
		return nil, err
	}
	unguided := summarize(plain.ms)
	if r.Unguided = &unguided; o.Scaling {
		t := summarize(runs[2].ms)
		r.OneWorker = &t
	}
	b.finish(r, s, forwardFlop(m.Net)+r.Pullbacks*pullbackFlop(m.Net), peak)
	return r, nil
}

// pullbacks returns the mean number of backward passes per evaluation of a row.
func (b *sampleBench) pullbacks(ctx context.Context, m *nn.Model, term guide.Term) (float64, error) {
	c := &counted{Model: m}
	if _, err := sample.Run(ctx, guide.New(c, term), b.method, min(b.rows, nn.Block), &b.opts); err != nil {
		return 0, err
	}
	return float64(c.pulls.Load()) / float64(c.evals.Load()), nil
}

// counted is a model that counts the rows it evaluates and pulls back.
type counted struct {
	*nn.Model
	evals, pulls atomic.Int64
}

func (c *counted) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	c.evals.Add(int64(n))
	return c.Model.Denoise(dst, x, t)
}

func (c *counted) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	n, _ := x.Dims()
	c.evals.Add(int64(n))
	pull, err := c.Model.Linearize(mean, x, t)
	if err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error {
		n, _ := v.Dims()
		c.pulls.Add(int64(n))
		return pull(dst, v)
	}, nil
}
