package tabular

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// ensemble is ensemble Kalman guidance by the guide file. What holds something of its own
// for each row does so for each ensemble here.
func (r *query) ensemble() (sample.EnKG, error) {
	if r.freeLabels() {
		return sample.EnKG{}, bad("method", "enkg has one combination of labels for an ensemble, which what is observed would have to choose: give the label columns, or use tds")
	}
	m, err := r.Sampler.Method(r.model.net.Schedule())
	if err != nil {
		return sample.EnKG{}, err
	}
	if m.Info().EvalsPerStep == 0 {
		return sample.EnKG{}, bad("sampler", "%s takes steps of its own for each row, and enkg moves all rows of an ensemble at one time: use another", r.Sampler.Name)
	}
	prior, err := r.prior(0)
	if err != nil {
		return sample.EnKG{}, err
	}
	obs, err := r.Guide.Ensemble(r.model.codec)
	if err != nil {
		return sample.EnKG{}, bad("guide", "%w", err)
	}
	e := sample.EnKG{Model: prior, Observations: obs}
	if err := e.Check(r.ensembles(), r.Conditioning.Particles); err != nil {
		return e, bad("particles", "%w", err)
	}
	return e, nil
}

// quotaOf is the number of rows of a kind, of those that come in turn.
func (r *query) quotaOf(kind int) int { return (r.rows - kind + r.kinds() - 1) / r.kinds() }

// ensembles is how many there are: enough for the rows of each kind.
func (r *query) ensembles() int {
	k := r.Conditioning.Particles
	return r.kinds() * ((r.quotaOf(0) + k - 1) / k)
}

// sampleEnsembles draws rows by ensemble Kalman guidance. Rows of the last ensembles that
// are more than were asked for are left away.
func (r *query) sampleEnsembles(ctx context.Context) error {
	m, err := r.Sampler.Method(r.model.net.Schedule())
	if err != nil {
		return err
	}
	e, err := r.ensemble()
	if err != nil {
		return err
	}
	k, kinds := r.Conditioning.Particles, r.kinds()
	left, done := make([]int, kinds), 0
	for kind := range left {
		left[kind] = r.quotaOf(kind)
	}
	var labels *mat.Dense
	if len(r.labels) > 0 {
		labels = mat.NewDense(k, len(r.model.net.Conds), nil)
	}
	o := r.options(r.Sampler)
	o.Sink = func(first int, x *mat.Dense) error {
		kind := first / k % kinds
		if labels != nil {
			r.labels.draw(labels, func(int) int { return first / k })
		}
		c, err := r.out.decode(x, labels, r.said())
		if err != nil {
			return err
		}
		idx := make([]int, min(k, left[kind]))
		for i := range idx {
			idx[i] = i
		}
		left[kind] -= len(idx)
		done += len(idx)
		if err := r.out.emit(c, idx); err != nil {
			return err
		}
		return r.progress(done)
	}
	res, err := sample.RunEnKG(ctx, e, m, r.ensembles(), k, o)
	if res != nil {
		r.report.NFE, r.report.Caveats = res.NFE, res.Caveats
	}
	return err
}

// checkEnsemble refuses what ensemble Kalman guidance cannot honor.
func (r *query) checkEnsemble() error {
	switch {
	case r.Guide == nil:
		return bad("method", "enkg needs an observation: give a guide")
	case r.Classifier != nil || len(r.Terms) > 0:
		return bad("method", "enkg takes the observations of a guide file, and no classifier or guide beside: use guided, or tds")
	}
	return nil
}

// checkCommands refuses methods that cannot take the commands of the guide file.
func (r *query) checkCommands() error {
	if r.Guide == nil {
		return nil
	}
	if err := r.Guide.CheckMethod(r.Conditioning.Method); err != nil {
		return bad("method", "%w", err)
	}
	return nil
}

// startCommands runs each command of the guide file as one process, until stop.
func (r *query) startCommands(ctx context.Context) (stop func() error) {
	if r.Guide == nil {
		return func() error { return nil }
	}
	r.Guide, stop = r.Guide.Start(ctx)
	return stop
}
