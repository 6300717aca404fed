package sbi

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/internal/kernel"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/train"
)

// Fit fits the posterior of the parameters given the data of the simulations. Options must
// have the prior. When ctx ends it returns ctx.Err(), and the model as it stands if there is one.
//
// It errs for parameters outside of the support of the prior and for data that are not
// finite, naming rows and columns; for names and widths that do not fit; and for data all of
// which are constant. Columns of x that are constant are not used; copies share the work.
func Fit(ctx context.Context, s *Simulations, o *Options) (*Model, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c, err := s.checked(o.Prior, o.DropNaN)
	if err != nil {
		return nil, err
	}
	f := &fit{o: *o, sims: c}
	all, _ := s.Theta.Dims()
	n, d := c.Theta.Dims()
	f.z = mat.NewDense(n, d, nil)
	if err := o.Prior.Whiten(f.z, c.Theta); err != nil {
		return nil, fmt.Errorf("sbi: parameters: %w", err)
	}
	f.m = &Model{prior: o.Prior, xNames: c.XNames, summary: Summary{Rows: n, Dropped: all - n}}
	if err = f.run(ctx); len(f.m.members) == 0 {
		return nil, err
	}
	return f.m, err
}

// fit is a run of Fit.
type fit struct {
	o     Options
	sims  *Simulations
	z, f  *mat.Dense // whitened parameters and features
	m     *Model
	terms *additive
	bases map[baseKey]*base // that have been fitted
}

func (f *fit) run(ctx context.Context) (err error) {
	m := f.m
	if m.features, err = newFeatures(f.sims.X, f.o.Exchangeable); err != nil {
		return err
	}
	f.f = m.features.of(f.sims.X)
	p := m.features.size()
	n, _ := f.f.Dims()
	m.seen = newSeen(f.sims.X, f.f.Slice(0, n, 0, p).(*mat.Dense))
	f.terms = newAdditive(f.f.Slice(0, n, 0, p).(*mat.Dense), f.z)
	if m.space, err = newSpace(f.z, f.f, f.terms, f.o.Workers); err != nil {
		return err
	}
	best, err := f.choose(ctx)
	if err != nil {
		return err
	}
	err = f.fitMembers(ctx, best)
	m.provenance = checkpoints.Provenance{
		Version: f.o.Version, Seed: f.o.Seed, Steps: m.summary.Steps, KernelPath: kernel.Path(),
		Data: f.o.Data, DataSHA256: f.o.DataSHA256,
	}
	return err
}

// fitMembers fits the members of the model by a plan, each judged by other rows.
func (f *fit) fitMembers(ctx context.Context, p plan) error {
	m := f.m
	n, _ := f.f.Dims()
	for k := range f.members() {
		r, err := f.member(ctx, p, k, f.steps(), mostScored)
		if r.member != nil {
			m.members = append(m.members, *r.member)
		}
		if err != nil {
			return err
		}
		m.summary.LogScore += r.score
		m.summary.BaseScore += r.base
		m.summary.Held += r.held
	}
	count := len(m.members)
	m.summary.LogScore /= float64(count)
	m.summary.BaseScore /= float64(count)
	m.summary.Held = min(m.summary.Held, n)
	m.summary.Networks = p.String()
	return nil
}

// part is the whitened parameters, in w, the features, and the moments of the base of some
// rows.
type part struct{ w, f, mean, variance *mat.Dense }

func (f *fit) part(b *base, rows []int) part {
	w := pick(f.z, rows, f.z.RawMatrix().Cols)
	f.m.space.toLatent(w, w)
	p := part{w: w, f: pick(f.f, rows, f.f.RawMatrix().Cols)}
	p.mean, p.variance = b.moments(p.f)
	return p
}

// baseKey tells bases apart: by the rows that they are not fitted to, and the plan.
type baseKey struct {
	fold   int
	smooth bool
}

func (f *fit) base(key baseKey, trained []int) *base {
	if f.bases == nil {
		f.bases = map[baseKey]*base{}
	}
	b := f.bases[key]
	if b == nil {
		b = newBase(pick(f.z, trained, f.z.RawMatrix().Cols), pick(f.f, trained, f.f.RawMatrix().Cols), f.m.space, f.terms, key.smooth, f.o.Workers)
		f.bases[key] = b
	}
	return b
}

// result is a member and what it is worth on held-out rows.
type result struct {
	member      *member
	score, base float64 // mean log densities, in nats above the prior
	held        int
}

// member fits one by a plan, in steps for each network, judged by the rows of a fold, of
// which at most so many are scored. When ctx ends, it returns what there is and ctx.Err().
func (f *fit) member(ctx context.Context, pl plan, fold, steps, scored int) (result, error) {
	n, _ := f.f.Dims()
	trained, held := datasets.Split(n, holdout(n), f.o.Seed+uint64(fold))
	b := &member{base: f.base(baseKey{fold, pl.separable || pl.smooth}, trained)}
	b.inputs = pl.inputs(b.base, f.m.features)
	for _, q := range b.inputs {
		net, err := nn.New(f.config(q, fold))
		if err != nil {
			return result{}, err
		}
		b.nets = append(b.nets, net)
	}
	t, h := f.part(b.base, trained), f.part(b.base, held)
	lt, lh := b.labels(t.f, t.mean, t.variance), b.labels(h.f, h.mean, h.variance)
	for k, q := range b.inputs {
		net, err := f.network(ctx, q, fold, steps, train.Data{X: q.columns(t.w), Cond: lt[k]}, train.Data{X: q.columns(h.w), Cond: lh[k]})
		if net != nil {
			b.nets[k] = net
		}
		if err != nil {
			if ctx.Err() == nil {
				b = nil
			}
			return result{member: b}, err
		}
	}
	return f.score(ctx, b, h, lh, fold, scored)
}

// columns are those of w that a network is of.
func (q inputs) columns(w *mat.Dense) *mat.Dense {
	if q.Coordinate < 0 {
		return w
	}
	n, _ := w.Dims()
	return mat.NewDense(n, 1, mat.Col(nil, q.Coordinate, w))
}

// network trains one. If validation ends the run, or its best point is long before the end,
// it is trained anew, to that point alone: the rate then falls to 0 on the way, and the better of the two
// is taken.
func (f *fit) network(ctx context.Context, q inputs, fold, steps int, t, h train.Data) (*nn.Model, error) {
	first, err := f.train(ctx, q, fold, steps, t, h)
	if err != nil || first.best >= steps*9/10 || first.best == 0 {
		return first.net, err
	}
	second, err := f.train(ctx, q, fold, first.best, t, h)
	if err != nil || second.loss > first.loss {
		return first.net, err
	}
	return second.net, nil
}

// trained is a network, the loss of its best validation, and the step of that.
type trained struct {
	net  *nn.Model
	loss float64
	best int
}

func (f *fit) train(ctx context.Context, q inputs, fold, steps int, t, h train.Data) (r trained, err error) {
	net, err := nn.New(f.config(q, fold))
	if err != nil {
		return r, err
	}
	c := f.o.config(t.Len(), steps)
	c.Seed += uint64(fold)
	r.loss = math.Inf(1)
	c.Observe = func(e train.Report) error {
		if e.Validation < r.loss {
			r.loss, r.best = e.Validation, e.Step
		}
		if f.o.Observe != nil {
			return f.o.Observe(e)
		}
		return nil
	}
	run, err := train.New(net, t, h, c)
	if err != nil {
		return r, err
	}
	err = run.Run(ctx)
	if err != nil && ctx.Err() == nil {
		return r, err
	}
	r.net = run.Model()
	f.m.summary.Steps += run.Step()
	return r, err
}

// config is that of a network.
func (f *fit) config(q inputs, fold int) nn.Config {
	d, features := f.m.prior.Dim(), f.m.features
	size := q.size(features.size(), d)
	c := nn.Config{Hidden: f.o.Hidden, Layers: f.o.Layers, Schedule: f.m.Schedule(), Seed: f.o.Seed + uint64(fold), RowMoments: true}
	n, _ := f.f.Dims()
	set(&c.Hidden, f.hidden(n))
	set(&c.Layers, 4)
	if q.Coordinate >= 0 {
		d = 1
		if f.o.Hidden == 0 {
			c.Hidden, c.Layers = 32, 3
		}
	}
	c.Mean, c.Variance = make([]float64, d), make([]float64, d)
	for j := range d {
		c.Variance[j] = 1
	}
	if q.Encoder && features.Blocks.Points == 0 {
		c.Encoder = &nn.Encoder{Width: size, Hidden: 64, Layers: 2, Out: 32}
		return c
	}
	for k := range size {
		c.Conditions = append(c.Conditions, nn.Condition{Name: fmt.Sprintf("f%d", k+1)})
	}
	if b := features.Blocks; b.Points > 0 && q.Coordinate < 0 {
		c.Encoder = &nn.Encoder{Width: b.Width, Points: b.Points, SecondMoment: true, Hidden: 64, Layers: 2, PointLayers: 2, Out: 32}
	}
	return c
}

// mostScored bounds the rows that the score is the mean of, for their densities cost time.
const mostScored = 1000

// score finds the log density of held-out rows, and gives the networks up unless they are
// better than their base.
func (f *fit) score(ctx context.Context, b *member, h part, labels []*mat.Dense, fold, most int) (result, error) {
	m := f.m
	n, d := h.w.Dims()
	r := result{member: b, held: n}
	n = min(n, most)
	first := func(a *mat.Dense) *mat.Dense { return a.Slice(0, n, 0, a.RawMatrix().Cols).(*mat.Dense) }
	w := first(h.w)
	own := make([]*mat.Dense, len(labels))
	for k, l := range labels {
		own[k] = first(l)
	}
	z := mat.NewDense(n, d, nil)
	m.space.fromLatent(z, w)
	prior := m.space.logDet() + meanNormal(z)
	alone := normalLogProb(w, first(h.mean), first(h.variance))
	r.base = mean(alone) - prior
	den, err := b.denoiser(own)
	if err != nil {
		return r, err
	}
	l, err := sample.LogProb(ctx, den, w, &sample.LogProbOptions{RTol: 1e-3, ATol: 1e-3, Workers: f.o.Workers})
	if err != nil {
		return r, err
	}
	if r.score = mean(l.LogProb) - prior; !pays(l.LogProb, alone) {
		r.score = r.base
		for k, q := range b.inputs {
			if b.nets[k], err = nn.New(f.config(q, fold)); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// pays reports whether log densities are above others of the same rows by more than a
// standard error of the mean.
func pays(a, than []float64) bool {
	n := float64(len(a))
	s, s2 := 0.0, 0.0
	for i, v := range a {
		e := v - than[i]
		s, s2 = s+e/n, s2+e*e/n
	}
	return s > math.Sqrt(max(s2-s*s, 0)/n)
}

// normalLogProb is log N(w_i; mean_i, diag variance_i).
func normalLogProb(w, mean, variance *mat.Dense) []float64 {
	n, _ := w.Dims()
	lp := make([]float64, n)
	for i := range lp {
		v := variance.RawRowView(i)
		for j, m := range mean.RawRowView(i) {
			e := w.At(i, j) - m
			lp[i] -= (e*e/v[j]+math.Log(v[j]))/2 + halfLogTau
		}
	}
	return lp
}

func mean(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

// meanNormal is the mean log density of the rows of z under N(0, I).
func meanNormal(z *mat.Dense) float64 {
	n, d := z.Dims()
	s := 0.0
	for i := range n {
		for _, v := range z.RawRowView(i) {
			s -= v * v / 2
		}
	}
	return s/float64(n) - float64(d)*halfLogTau
}
