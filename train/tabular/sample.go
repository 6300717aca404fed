package tabular

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// sampleRows draws rows one by one.
func (r *query) sampleRows(ctx context.Context) error {
	m, err := r.rowMethod()
	if err != nil {
		return err
	}
	d, err := r.methodDenoiser(r.First)
	if err != nil {
		return err
	}
	var labels *mat.Dense // of the block being written
	sink := func(first int, x *mat.Dense) error {
		n, _ := x.Dims()
		labels = d.labels(labels, first, n)
		if r.Encoded != nil {
			if err := r.Encoded(first, x); err != nil {
				return err
			}
		}
		c, err := r.out.decode(x, labels, r.said())
		if err != nil {
			return err
		}
		if err := r.out.emit(c, nil); err != nil {
			return err
		}
		return r.progress(first - r.First + n)
	}
	o := r.options(r.Sampler)
	o.First, o.Sink = r.First, sink
	var res *sample.Result
	if r.how.kind == byGibbs {
		only := &sample.Options{Seed: r.Seed, First: r.First, Workers: r.Workers}
		if res, err = sample.NewSplitGibbs(m, r.Conditioning.Rho, r.Conditioning.Iterations).Run(ctx, d.Denoiser, r.rows, only); err == nil {
			err = sink(r.First, res.X)
		}
	} else {
		res, err = sample.Run(ctx, d.Denoiser, m, r.rows, o)
	}
	if res != nil {
		r.report.NFE, r.report.Caveats = res.NFE, appendNew(r.report.Caveats, res.Caveats...)
	}
	r.note(d)
	return err
}

// options are those of a run of the sampler.
func (r *query) options(s sample.Sampler) *sample.Options {
	o := s.Options()
	if r.model.student != nil {
		o = new(sample.Options) // its method has times of its own
	}
	o.Seed, o.Workers = r.Seed, r.Workers
	return o
}

func (r *query) progress(done int) error {
	if r.Progress == nil {
		return nil
	}
	return r.Progress(done)
}
