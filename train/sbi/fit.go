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
// have the prior. When ctx ends during the training it returns the model as of the last step
// and ctx.Err().
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
	return f.m, f.run(ctx)
}

// fit is a run of Fit.
type fit struct {
	o    Options
	sims *Simulations
	z, f *mat.Dense // whitened parameters and features
	m    *Model
}

func (f *fit) run(ctx context.Context) (err error) {
	m := f.m
	if m.features, err = newFeatures(f.sims.X); err != nil {
		return err
	}
	f.f = m.features.of(f.sims.X)
	m.seen = newSeen(f.sims.X, f.f)
	terms := newAdditive(f.f, f.z)
	if m.space, err = newSpace(f.z, f.f, terms); err != nil {
		return err
	}
	n, _ := f.f.Dims()
	trained, held := datasets.Split(n, holdout, f.o.Seed)
	m.summary.Held = len(held)
	b, err := f.member(ctx, terms, f.plan(), trained, held)
	if b != nil {
		m.members = append(m.members, *b)
	}
	m.provenance = checkpoints.Provenance{
		Version: f.o.Version, Seed: f.o.Seed, Steps: m.summary.Steps, KernelPath: kernel.Path(),
		Data: f.o.Data, DataSHA256: f.o.DataSHA256,
	}
	return err
}

// plan is what a member is made of.
type plan struct {
	linear, separable bool
	waves             int
	moments           bool
}

func (f *fit) plan() plan {
	return plan{linear: tune.linear, separable: tune.separable, waves: tune.waves, moments: tune.moments}
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

// member fits a base and networks to rows, judged by others.
func (f *fit) member(ctx context.Context, terms *additive, pl plan, trained, held []int) (*member, error) {
	b := &member{base: newBase(pick(f.z, trained, f.z.RawMatrix().Cols), pick(f.f, trained, f.f.RawMatrix().Cols), f.m.space, terms, !pl.linear)}
	if pl.separable {
		for j := range f.m.prior.Dim() {
			b.inputs = append(b.inputs, inputs{Coordinate: j, Features: b.base.relevant(j), Waves: pl.waves, Moments: pl.moments})
		}
	} else {
		b.inputs = []inputs{{Coordinate: -1, Waves: pl.waves, Moments: pl.moments}}
	}
	t, h := f.part(b.base, trained), f.part(b.base, held)
	lt, lh := b.labels(t.f, t.mean, t.variance, nil), b.labels(h.f, h.mean, h.variance, nil)
	for k, q := range b.inputs {
		net, steps, err := f.network(ctx, q, train.Data{X: q.columns(t.w), Cond: lt[k]}, train.Data{X: q.columns(h.w), Cond: lh[k]})
		if net == nil || err != nil {
			return nil, err
		}
		b.nets = append(b.nets, net)
		f.m.summary.Steps += steps
	}
	return b, f.score(ctx, b, h, lh)
}

// columns are those of w that a network is of.
func (q inputs) columns(w *mat.Dense) *mat.Dense {
	if q.Coordinate < 0 {
		return w
	}
	n, _ := w.Dims()
	return mat.NewDense(n, 1, mat.Col(nil, q.Coordinate, w))
}

// network trains one.
func (f *fit) network(ctx context.Context, q inputs, t, h train.Data) (*nn.Model, int, error) {
	net, err := nn.New(f.config(q))
	if err != nil {
		return nil, 0, err
	}
	run, err := train.New(net, t, h, f.o.config(t.Len()))
	if err != nil {
		return nil, 0, err
	}
	err = run.Run(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, 0, err
	}
	return run.Model(), run.Step(), err
}

// config is that of a network.
func (f *fit) config(q inputs) nn.Config {
	d := f.m.prior.Dim()
	size := q.size(f.m.features.size(), d)
	if q.Coordinate >= 0 {
		d = 1
	}
	c := nn.Config{
		Hidden: f.o.Hidden, Layers: f.o.Layers, Schedule: f.m.Schedule(), Seed: f.o.Seed,
		Mean: make([]float64, d), Variance: make([]float64, d), RowMoments: true,
	}
	set(&c.Layers, tune.layers)
	for j := range d {
		c.Variance[j] = 1
	}
	if tune.encoder > 0 {
		c.Encoder = &nn.Encoder{Width: size, Hidden: tune.encoder, Layers: 2, Out: tune.out}
		return c
	}
	for k := range size {
		c.Conditions = append(c.Conditions, nn.Condition{Name: fmt.Sprintf("f%d", k+1)})
	}
	return c
}

// mostScored bounds the rows that the score is the mean of, for their densities cost time.
const mostScored = 1000

// score finds the log density of held-out rows, and gives the networks up if they are no
// better than their base.
func (f *fit) score(ctx context.Context, b *member, h part, labels []*mat.Dense) error {
	m := f.m
	n, d := h.w.Dims()
	n = min(n, mostScored)
	first := func(a *mat.Dense) *mat.Dense { return a.Slice(0, n, 0, a.RawMatrix().Cols).(*mat.Dense) }
	w := first(h.w)
	own := make([]*mat.Dense, len(labels))
	for k, l := range labels {
		own[k] = first(l)
	}
	z := mat.NewDense(n, d, nil)
	m.space.fromLatent(z, w)
	prior := m.space.logDet() + meanNormal(z)
	m.summary.BaseScore = mean(normalLogProb(w, h.mean, h.variance)) - prior
	den, err := b.denoiser(own)
	if err != nil {
		return err
	}
	l, err := sample.LogProb(ctx, den, w, &sample.LogProbOptions{RTol: 1e-3, ATol: 1e-3, Workers: f.o.Workers})
	if err != nil {
		return err
	}
	m.summary.LogScore = mean(l.LogProb) - prior
	if m.summary.LogScore < m.summary.BaseScore {
		m.summary.LogScore = m.summary.BaseScore
		for k, q := range b.inputs {
			if b.nets[k], err = nn.New(f.config(q)); err != nil {
				return err
			}
		}
	}
	return nil
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
