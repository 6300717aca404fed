package sbi

import (
	"context"
	"fmt"

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
	b, err := f.member(ctx, terms, trained, held)
	if b != nil {
		m.members = append(m.members, *b)
	}
	m.provenance = checkpoints.Provenance{
		Version: f.o.Version, Seed: f.o.Seed, Steps: m.summary.Steps, KernelPath: kernel.Path(),
		Data: f.o.Data, DataSHA256: f.o.DataSHA256,
	}
	return err
}

// part is the whitened parameters, in w, the features, and the labels of some rows.
type part struct{ w, f, labels *mat.Dense }

func (f *fit) part(rows []int) part {
	w := pick(f.z, rows, f.z.RawMatrix().Cols)
	f.m.space.toLatent(w, w)
	return part{w: w, f: pick(f.f, rows, f.f.RawMatrix().Cols)}
}

// member fits a base and a network to rows, judged by others.
func (f *fit) member(ctx context.Context, terms *additive, trained, held []int) (*member, error) {
	z := pick(f.z, trained, f.z.RawMatrix().Cols)
	t, h := f.part(trained), f.part(held)
	b := &member{base: newBase(z, t.f, f.m.space, terms, true)}
	t.labels, h.labels = b.base.labels(t.f), b.base.labels(h.f)
	steps, err := f.network(ctx, b, t, h)
	if b.net == nil {
		return nil, err
	}
	f.m.summary.Steps += steps
	if err != nil {
		return b, err
	}
	return b, f.score(ctx, b, h)
}

// network trains that of a member.
func (f *fit) network(ctx context.Context, b *member, t, h part) (int, error) {
	net, err := nn.New(f.config())
	if err != nil {
		return 0, err
	}
	n, _ := t.w.Dims()
	run, err := train.New(net, train.Data{X: t.w, Cond: t.labels}, train.Data{X: h.w, Cond: h.labels}, f.o.config(n))
	if err != nil {
		return 0, err
	}
	err = run.Run(ctx)
	if err != nil && ctx.Err() == nil {
		return 0, err
	}
	b.net = run.Model()
	return run.Step(), err
}

// config is that of a network.
func (f *fit) config() nn.Config {
	d := f.m.prior.Dim()
	c := nn.Config{
		Hidden: f.o.Hidden, Layers: f.o.Layers, Schedule: f.m.Schedule(), Seed: f.o.Seed,
		Mean: make([]float64, d), Variance: make([]float64, d), RowMoments: true,
	}
	set(&c.Layers, 3)
	for j := range d {
		c.Variance[j] = 1
	}
	for k := range f.m.features.size() {
		c.Conditions = append(c.Conditions, nn.Condition{Name: fmt.Sprintf("f%d", k+1)})
	}
	return c
}

// mostScored bounds the rows that the score is the mean of, for their densities cost time.
const mostScored = 1000

// score finds the log density of held-out rows, and gives the network up if it is no better
// than its base.
func (f *fit) score(ctx context.Context, b *member, h part) error {
	m := f.m
	n, d := h.w.Dims()
	n = min(n, mostScored)
	w, labels := h.w.Slice(0, n, 0, d).(*mat.Dense), h.labels.Slice(0, n, 0, h.labels.RawMatrix().Cols).(*mat.Dense)
	lp := make([]float64, n)
	b.base.logProb(lp, w, h.f.Slice(0, n, 0, h.f.RawMatrix().Cols).(*mat.Dense))
	z := mat.NewDense(n, d, nil)
	m.space.fromLatent(z, w)
	prior := m.space.logDet() + meanNormal(z)
	m.summary.BaseScore = mean(lp) - prior
	den, err := b.net.Conditional(labels, nil)
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
		b.net, err = nn.New(f.config())
	}
	return err
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
