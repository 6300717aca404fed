package sbi

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// LogProb returns log p(θ_i|x) in nats, normalized per unit of θ, of each row of theta: for
// one observation of any number of rows, for several of one row for each. It is −Inf outside
// of the support of the prior. Densities come from the probability flow with its exact
// divergence.
func (p *Posterior) LogProb(ctx context.Context, theta *mat.Dense, o *DrawOptions) ([]float64, error) {
	opts := valueOf(o)
	n, d := theta.Dims()
	if d != p.m.prior.Dim() {
		return nil, fmt.Errorf("sbi: rows of %d parameters, and the model has %d: %s", d, p.m.prior.Dim(), brief(p.m.ThetaNames()))
	}
	if k := p.Observations(); k > 1 && n != k {
		return nil, fmt.Errorf("sbi: %d rows of parameters for %d observations: give a row for each observation", n, k)
	}
	logp := make([]float64, n)
	p.m.prior.LogProb(logp, theta)
	var in []int
	for i, l := range logp {
		if math.IsInf(l, -1) {
			continue
		}
		in = append(in, i)
	}
	if len(in) == 0 {
		return logp, nil
	}
	inside := pick(theta, in, d)
	z := mat.NewDense(len(in), d, nil)
	if err := p.m.prior.Whiten(z, inside); err != nil {
		return nil, fmt.Errorf("sbi: %w", err)
	}
	det := make([]float64, len(in))
	p.m.prior.LogDet(det, inside, z)
	p.m.space.toLatent(z, z)
	lw, err := p.latentLogProb(ctx, z, in, opts)
	if err != nil {
		return nil, err
	}
	for k, i := range in {
		logp[i] = lw[k] - p.m.space.logDet() - det[k]
	}
	return logp, nil
}

// latentLogProb returns log q(w) of rows of w, row k being of observation of[k] where there
// are several.
func (p *Posterior) latentLogProb(ctx context.Context, w *mat.Dense, of []int, o DrawOptions) ([]float64, error) {
	n, d := w.Dims()
	u := mat.NewDense(n, d, nil)
	den := p.inner
	several := p.Observations() > 1
	if several {
		den = sde.Restrict(den, of).(sde.Differentiable)
	}
	for k := range n {
		m := p.mean.RawRowView(0)
		if several {
			m = p.mean.RawRowView(of[k])
		}
		for j, v := range w.RawRowView(k) {
			u.Set(k, j, v-m[j])
		}
	}
	l := &sample.LogProbOptions{RTol: o.Tolerance, ATol: o.Tolerance, Workers: o.Workers, Observe: o.Progress, Terminal: start(d)}
	set(&l.RTol, 5e-5)
	set(&l.ATol, 5e-5)
	res, err := sample.LogProb(ctx, den, u, l)
	if err != nil {
		return nil, err
	}
	return res.LogProb, nil
}

// start is the law of centered rows at t = 1, N(0, I) as VP keeps variances: not that of the
// moments of an observation, so that a row is the same among others and alone.
func start(d int) sde.DiagonalNormal {
	p := sde.DiagonalNormal{Mean: make([]float64, d), SD: make([]float64, d)}
	for j := range p.SD {
		p.SD[j] = 1
	}
	return p
}
