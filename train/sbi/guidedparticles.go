package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
	"tweedie/sample"
)

// byParticles draws from weighted particles.
func (q *Guided) byParticles(ctx context.Context, n int, o DrawOptions) (*Draws, error) {
	k := q.g.Particles
	groups := q.rows
	if q.rows == 1 {
		groups = (n + k - 1) / k
	}
	c, err := q.particles(ctx, groups, o)
	if err != nil {
		return nil, err
	}
	d := q.p.m.prior.Dim()
	out := mat.NewDense(q.rows*n, d, nil)
	list, least := append(q.Caveats(), c.Caveats...), math.Inf(1)
	for g := range q.rows {
		lo, hi := g*k, (g+1)*k
		if q.rows == 1 {
			lo, hi = 0, groups*k
		}
		w, ess, err := pooled(c, lo, hi, k)
		if err != nil {
			return nil, err
		}
		least = min(least, ess)
		idx := make([]int, n)
		src := stream.NewSource(stream.NewKey(o.Seed, "sbi/draw").At(uint64(g)))
		sample.Systematic.Resample(idx, w, src.Rand)
		for i, j := range idx {
			copy(out.RawRowView(g*n+i), c.X.RawRowView(lo+j))
		}
	}
	if least < 100 {
		list = append(list, fmt.Sprintf("the weights of the particles are as uneven as those of %.0f draws: take more particles", least))
	}
	q.p.m.Theta(out, out)
	if o.Progress != nil {
		err = o.Progress(q.rows * n)
	}
	return &Draws{out, ofRows(n, 0, q.rows*n), list}, err
}

// pooled are the weights of particles of groups together, each group by its evidence.
func pooled(c *sample.Particles, lo, hi, k int) (w []float64, ess float64, err error) {
	top := math.Inf(-1)
	for g := lo / k; g < hi/k; g++ {
		top = max(top, c.LogEvidence[g])
	}
	sum, squares := 0.0, 0.0
	for i := lo; i < hi; i++ {
		v := 0.0
		if l := c.LogEvidence[i/k]; !math.IsInf(l, -1) {
			v = c.Weights[i] * math.Exp(l-top)
		}
		w = append(w, v)
		sum, squares = sum+v, squares+v*v
	}
	if !(sum > 0) {
		return nil, 0, errors.New("sbi: the weights of all particles are 0: what guides the posterior is hardly compatible with the observation; take more particles, or wider bounds")
	}
	return w, sum * sum / squares, nil
}

// particles runs groups.
func (q *Guided) particles(ctx context.Context, groups int, o DrawOptions) (*sample.Particles, error) {
	tg, err := q.target()
	if err != nil {
		return nil, err
	}
	steps := o.NFE
	set(&steps, 2*drawNFE)
	c, err := sample.RunParticles(ctx, tg, o.Sampler, groups, q.g.Particles, &sample.ParticleOptions{
		Options: sample.Options{Steps: steps, Seed: o.Seed, Workers: o.Workers},
	})
	if err != nil {
		return nil, fmt.Errorf("sbi: %w", err)
	}
	return c, nil
}

// Evidence estimates, for each posterior, the logarithm of
//
//	Z = ∫ p(θ|x) p'(θ)/p(θ) e^{r(θ)} dθ
//
// in nats, within the bounds, from particles; sd is the standard error of each. For a prior
// alone that is swapped, log Z is log p'(x) - log p(x), what the data say of the two priors.
// It errs without particles, and so there is none of a composition or of a power.
func (q *Guided) Evidence(ctx context.Context, o *DrawOptions) (log, sd []float64, err error) {
	opts := valueOf(o)
	if opts.Sampler == nil {
		opts.Sampler = sample.DPMpp2MSDE{}
	}
	if q.g.Particles == 0 {
		return nil, nil, errors.New("sbi: the evidence is that of particles: give their number")
	}
	groups := q.rows
	if q.rows == 1 {
		groups = evidenceGroups
	}
	c, err := q.particles(ctx, groups, opts)
	if err != nil {
		return nil, nil, err
	}
	if q.rows > 1 {
		for g := range groups {
			log, sd = append(log, c.LogEvidence[g]), append(sd, math.Sqrt(c.Variance[g]))
		}
		return log, sd, nil
	}
	l := numeric.LogSumExp(c.LogEvidence) - math.Log(float64(groups))
	v := 0.0
	for _, e := range c.LogEvidence {
		r := math.Exp(e-l) - 1
		v += r * r / float64(groups) / float64(groups-1)
	}
	return []float64{l}, []float64{math.Sqrt(v)}, nil
}

// evidenceGroups is the number of independent groups that an error is estimated from.
const evidenceGroups = 4

// LogProb returns the normalized log density in nats, per unit of the parameters, of rows of
// theta, with what Evidence gives for the constant. It errs for a composition, and where the
// likelihood has another power: the flow of such denoisers has another density than the
// posterior.
func (q *Guided) LogProb(ctx context.Context, theta *mat.Dense, o *DrawOptions) ([]float64, error) {
	if q.whole != nil {
		return nil, errors.New("sbi: there is no exact density of a composition, or of a likelihood to a power: take draws, or the densities of single observations")
	}
	logp, err := q.p.LogProb(ctx, theta, o)
	if err != nil || q.weight == nil {
		return logp, err
	}
	logz, _, err := q.Evidence(ctx, o)
	if err != nil {
		return nil, err
	}
	n, d := theta.Dims()
	w := mat.NewDense(1, d, nil)
	for i := range n {
		if math.IsInf(logp[i], -1) {
			continue
		}
		if err := q.p.m.Latent(w, theta.Slice(i, i+1, 0, d).(*mat.Dense)); err != nil {
			return nil, fmt.Errorf("sbi: %w", err)
		}
		g := 0
		if q.rows > 1 {
			g = i
		}
		logp[i] += q.weight.exact(w.RawRowView(0)) - logz[g]
	}
	return logp, nil
}

// MAP errs: modes are searched for by densities that a guided posterior does not have at hand.
func (q *Guided) MAP(context.Context, *DrawOptions) (*mat.Dense, []float64, error) {
	return nil, nil, errors.New("sbi: no mode of a guided posterior: take the densest of its draws")
}
