package sbi

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/internal/kernel"
	"tweedie/nn"
	"tweedie/train"
)

// Fit fits the posterior of the parameters given the data of the simulations. Options must
// have the prior. When ctx ends it returns ctx.Err(), and the model as it stands if there is one.
//
// It errs for parameters outside of the support of the prior and for data that are not
// finite or beyond 1e100, naming rows and columns; for names and widths that do not fit; and
// for parameters or data all of which are constant. Columns of x that are constant or copies
// are not used: Summary.Caveats names them, and parameters that are no draws of the prior.
// A model that is worse than the prior on held-out rows has a caveat too.
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
	f.m = &Model{prior: o.Prior, xNames: c.XNames, summary: Summary{Rows: n, Dropped: all - n}}
	if f.z, err = whitened(o.Prior, s.Theta); err != nil { // of all rows, since failures select
		return nil, err
	}
	if !o.truncated {
		f.m.summary.Caveats = priorCaveats(o.Prior.Names(), f.z)
	}
	if n < all {
		f.z = mat.NewDense(n, d, nil)
		_ = o.Prior.Whiten(f.z, c.Theta) // some of those above
	}
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
	stage Stage             // of the network that is trained
}

func (f *fit) run(ctx context.Context) error {
	if err := f.see(); err != nil {
		return err
	}
	best, err := f.choose(ctx)
	if err != nil {
		return err
	}
	err = f.fitMembers(ctx, best)
	if err == nil {
		f.m.summary.Caveats = append(f.m.summary.Caveats, scoreCaveats(f.m.summary.LogScore)...)
	}
	f.m.provenance = checkpoints.Provenance{
		Version: f.o.Version, Seed: f.o.Seed, Steps: f.m.summary.Steps, KernelPath: kernel.Path(),
		Data: f.o.Data, DataSHA256: f.o.DataSHA256,
	}
	return err
}

// see finds the features of the simulations and the latent space.
func (f *fit) see() (err error) {
	m := f.m
	if m.features, err = newFeatures(f.sims.X, f.o.Exchangeable); err != nil {
		return err
	}
	m.summary.Caveats = append(m.summary.Caveats, m.features.unused(m.xNames, f.sims.X)...)
	f.f = m.features.of(f.sims.X)
	p := m.features.size()
	n, _ := f.f.Dims()
	m.seen = newSeen(f.sims.X, f.f.Slice(0, n, 0, p).(*mat.Dense))
	f.terms = newAdditive(f.f.Slice(0, n, 0, p).(*mat.Dense), f.z)
	m.space, err = newSpace(f.z, f.f, f.terms, f.o.Workers)
	return err
}

// asPoints returns a fit that sees points in the data, nil if they have none or it is told.
func (f *fit) asPoints() (*fit, error) {
	if f.o.Ordered || f.o.Exchangeable != (Blocks{}) {
		return nil, nil
	}
	b := findPoints(f.sims.X, f.z)
	if b == (Blocks{}) {
		return nil, nil
	}
	g := &fit{o: f.o, sims: f.sims, z: f.z, m: &Model{prior: f.m.prior, xNames: f.m.xNames, summary: f.m.summary}}
	g.o.Exchangeable = b
	g.m.summary.Caveats = append(slices.Clone(f.m.summary.Caveats), b.found())
	return g, g.see()
}

// fitMembers fits the members of the model by a plan, each judged by other rows. Members that
// are no better than their base are left out, unless all are.
func (f *fit) fitMembers(ctx context.Context, p plan) error {
	m := f.m
	n, _ := f.f.Dims()
	var all []result
	for k := range f.members() {
		f.stage = Stage{Part: k + 1, Parts: f.members()}
		r, err := f.member(ctx, p, k, f.steps(), mostScored)
		if err != nil {
			for _, b := range append(all, r) { // what there is
				if b.member != nil {
					m.members = append(m.members, *b.member)
				}
			}
			return err
		}
		all = append(all, r)
	}
	for _, r := range better(all) {
		m.members = append(m.members, *r.member)
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

// better are those that are better than their base, all if none is.
func better(all []result) []result {
	list := slices.DeleteFunc(slices.Clone(all), func(r result) bool { return r.gaveUp })
	if len(list) == 0 {
		return all
	}
	return list
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
	gaveUp      bool // its networks, which were no better than the base
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
		f.stage.Net, f.stage.Nets = k+1, len(b.inputs)
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
