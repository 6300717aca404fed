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
	"tweedie/sde"
)

// Sample returns n draws for each posterior, in the order of observations. Without particles
// draws beyond a bound are made anew. First must be 0.
func (q *Guided) Sample(ctx context.Context, n int, o *DrawOptions) (*Draws, error) {
	return q.SampleRows(ctx, n, 0, q.rows*n, o)
}

// ErrNoParts says that draws depend on each other, so that there are no parts of them.
var ErrNoParts = errors.New("sbi: draws by particles, and draws within bounds, depend on each other and are made in one run")

// SampleRows returns rows first … first+rows-1 of those of Sample, bit for bit, and makes no
// others. With particles or with bounds it errs with ErrNoParts unless these are all.
func (q *Guided) SampleRows(ctx context.Context, n, first, rows int, o *DrawOptions) (*Draws, error) {
	if err := checkRows(n, first, rows, q.rows); err != nil {
		return nil, err
	}
	opts := valueOf(o)
	if opts.Sampler == nil {
		opts.Sampler = sample.DPMpp2MSDE{}
	}
	if opts.First != 0 {
		return nil, errors.New("sbi: guided draws have no First: take SampleRows")
	}
	bounded := q.weight != nil && q.weight.bounded()
	if (q.g.Particles > 0 || bounded) && rows < q.rows*n {
		return nil, ErrNoParts
	}
	if q.g.Particles > 0 {
		return q.byParticles(ctx, n, opts)
	}
	if rows == 0 {
		return &Draws{Theta: new(mat.Dense), Caveats: q.Caveats()}, nil
	}
	var w *mat.Dense
	var err error
	of, list := ofRows(n, first, rows), q.Caveats()
	if bounded {
		w, list, err = q.within(ctx, n, opts, list)
	} else {
		opts.First = first
		w, list, err = q.run(ctx, of, opts, list)
	}
	if err != nil {
		return nil, err
	}
	if q.weight != nil {
		list = append(list, q.weight.farCaveat(w)...)
	}
	q.p.m.Theta(w, w)
	return &Draws{w, of, list}, nil
}

// run draws rows of w, of those posteriors, of the indices from o.First on.
func (q *Guided) run(ctx context.Context, of []int, o DrawOptions, list []string) (*mat.Dense, []string, error) {
	ro := &sample.Options{Seed: o.Seed, First: o.First, Workers: o.Workers}
	if o.Sampler.Info().EvalsPerStep > 0 {
		ro.NFE = o.NFE
		set(&ro.NFE, drawNFE*min(o.Sampler.Info().EvalsPerStep, 4))
	} else if o.NFE != 0 {
		return nil, nil, fmt.Errorf("sbi: %s takes as many evaluations as it needs: leave NFE away", o.Sampler.Info().Name)
	}
	if q.whole != nil {
		ro.Init = q.whole.Start(1)
	}
	d := q.guided()
	if q.rows > 1 {
		d = sde.Restrict(d, of)
	}
	if o.Progress != nil {
		ro.Observe = func(p sample.Progress) error {
			if p.Step < p.Steps {
				return nil
			}
			rows, _ := p.X.Dims()
			return o.Progress(p.First - ro.First + rows)
		}
	}
	res, err := sample.Run(ctx, d, o.Sampler, len(of), ro)
	if err != nil {
		return nil, nil, fmt.Errorf("sbi: %w", err)
	}
	if err := q.inBulk(res.X); err != nil {
		return nil, nil, err
	}
	for _, s := range res.Caveats { // those of guides are there
		if !contains(list, s) {
			list = append(list, s)
		}
	}
	return res.X, list, nil
}

// farthestDraw is the number of standard deviations of the prior, in w, beyond which a draw
// is none: the solver ran away.
const farthestDraw = 8

// inBulk errs where draws x of a composition or of a tempered likelihood are far out of the
// prior.
func (q *Guided) inBulk(x *mat.Dense) error {
	if q.whole == nil {
		return nil
	}
	_, law := q.p.Latent()
	rows, d := x.Dims()
	out := 0
	for i := range rows {
		for j, v := range x.RawRowView(i) {
			if !(math.Abs(v-law.Mu[j]) <= farthestDraw*math.Sqrt(law.Cov.At(j, j))) {
				out++
				break
			}
		}
	}
	if out == 0 {
		return nil
	}
	return fmt.Errorf("sbi: %d of %d draws of %d parameters ran away, beyond %d standard deviations of the prior: the composition is wrong for this model; take auto-gauss, more evaluations (NFE), or fewer observations", out, rows, d, farthestDraw)
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if t == s {
			return true
		}
	}
	return false
}

// mostTries bounds the draws for each that is kept.
const mostTries = 50

// within draws until n rows of each posterior are within all bounds.
func (q *Guided) within(ctx context.Context, n int, o DrawOptions, list []string) (*mat.Dense, []string, error) {
	d := q.p.m.prior.Dim()
	kept, have := mat.NewDense(q.rows*n, d, nil), make([]int, q.rows)
	tried, progress, seed := 0, o.Progress, o.Seed
	o.Progress = nil
	for {
		if o.First = tried; q.rows > 1 { // indices are of all posteriors
			o.First, o.Seed = 0, seed+uint64(tried)
		}
		x, more, err := q.run(ctx, ofRows(n, 0, q.rows*n), o, list)
		if err != nil {
			return nil, nil, err
		}
		list, tried = more, tried+n
		least := n
		for g := range q.rows {
			for i := range n {
				if row := x.RawRowView(g*n + i); have[g] < n && !math.IsInf(q.weight.exact(row), -1) {
					copy(kept.RawRowView(g*n+have[g]), row)
					have[g]++
				}
			}
			least = min(least, have[g])
		}
		if progress != nil {
			if err := progress(least * q.rows); err != nil {
				return nil, nil, err
			}
		}
		if least == n {
			if tried > 2*n {
				list = append(list, fmt.Sprintf("%.2g of the draws were beyond a bound and made anew: weight particles", 1-float64(n)/float64(tried)))
			}
			return kept, list, nil
		}
		if tried >= mostTries*n {
			return nil, nil, fmt.Errorf("sbi: %d of %d draws are within the bounds: they are hardly compatible with the observation; widen them, or take particles", least, tried)
		}
	}
}

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
