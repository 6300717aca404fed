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
	"tweedie/sde"
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
	f.train, f.held = datasets.Split(n, holdout, o.Seed)
	f.m = &Model{prior: o.Prior, xNames: c.XNames, summary: Summary{Rows: n, Held: len(f.held), Dropped: all - n}}
	return f.m, f.run(ctx)
}

// fit is a run of Fit.
type fit struct {
	o           Options
	sims        *Simulations
	z           *mat.Dense
	m           *Model
	train, held []int // rows
}

func (f *fit) run(ctx context.Context) error {
	m := f.m
	d, _ := m.Dims()
	zt, zh := pick(f.z, f.train, d), pick(f.z, f.held, d)
	xt, xh := pick(f.sims.X, f.train, len(m.xNames)), pick(f.sims.X, f.held, len(m.xNames))
	var err error
	if m.features, err = newFeatures(xt); err != nil {
		return err
	}
	ft, fh := m.features.of(xt), m.features.of(xh)
	m.seen = newSeen(xt, ft)
	if m.base, err = newBase(zt, ft); err != nil {
		return err
	}
	net, steps, err := f.network(ctx, m.base.centered(zt, ft), ft, m.base.centered(zh, fh), fh)
	if net == nil {
		return err
	}
	m.nets = []*nn.Model{net}
	m.summary.Steps = steps
	m.provenance = checkpoints.Provenance{
		Version: f.o.Version, Seed: f.o.Seed, Steps: steps, KernelPath: kernel.Path(),
		Data: f.o.Data, DataSHA256: f.o.DataSHA256,
	}
	if err != nil {
		return err
	}
	return f.score(ctx, zh, fh)
}

// network trains one on centered rows u and features of the data.
func (f *fit) network(ctx context.Context, u, ft, uh, fh *mat.Dense) (*nn.Model, int, error) {
	d := u.RawMatrix().Cols
	cfg := nn.Config{
		Hidden: f.o.Hidden, Layers: f.o.Layers, Schedule: f.m.Schedule(), Seed: f.o.Seed,
		Mean: make([]float64, d), Variance: make([]float64, d),
	}
	set(&cfg.Layers, 3)
	for j := range d {
		cfg.Variance[j] = 1
	}
	for k := range f.m.features.size() {
		cfg.Conditions = append(cfg.Conditions, nn.Condition{Name: fmt.Sprintf("f%d", k+1)})
	}
	net, err := nn.New(cfg)
	if err != nil {
		return nil, 0, err
	}
	t, err := train.New(net, train.Data{X: u, Cond: ft}, train.Data{X: uh, Cond: fh}, f.o.config(len(f.train)))
	if err != nil {
		return nil, 0, err
	}
	err = t.Run(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, 0, err
	}
	return t.Model(), t.Step(), err
}

// mostScored bounds the rows that the score is the mean of, for their densities cost time.
const mostScored = 1000

// score finds the log density of held-out rows, and gives the networks up if they are no
// better than the base.
func (f *fit) score(ctx context.Context, zh, fh *mat.Dense) error {
	m := f.m
	n, d := zh.Dims()
	n = min(n, mostScored)
	zh, fh = zh.Slice(0, n, 0, d).(*mat.Dense), fh.Slice(0, n, 0, fh.RawMatrix().Cols).(*mat.Dense)
	lp, u := make([]float64, n), m.base.centered(zh, fh)
	m.base.logProb(lp, zh, fh)
	prior := meanNormal(zh)
	m.summary.BaseScore = mean(lp) - prior
	den, err := m.denoiser(fh)
	if err != nil {
		return err
	}
	l, err := sample.LogProb(ctx, den, u, f.logProbOptions())
	if err != nil {
		return err
	}
	m.summary.LogScore = mean(l.LogProb) - m.base.logDet() - prior
	if m.summary.LogScore < m.summary.BaseScore {
		m.nets, m.summary.LogScore = nil, m.summary.BaseScore
	}
	return nil
}

func (f *fit) logProbOptions() *sample.LogProbOptions {
	return &sample.LogProbOptions{RTol: 1e-3, ATol: 1e-3, Workers: f.o.Workers}
}

// centered returns L⁻¹ (z − b − B f).
func (k *base) centered(z, f *mat.Dense) *mat.Dense {
	n, d := z.Dims()
	u := mat.NewDense(n, d, nil)
	k.mean(u, f)
	u.Sub(z, u)
	k.toLatent(u, u)
	return u
}

// denoiser is that of centered rows, for one observation or one per row, whose features are
// given.
func (m *Model) denoiser(f *mat.Dense) (sde.Differentiable, error) {
	if len(m.nets) == 0 {
		d := m.prior.Dim()
		unit := mat.NewSymDense(d, nil)
		for j := range d {
			unit.SetSym(j, j, 1)
		}
		return sde.NewGaussian(make([]float64, d), unit, m.Schedule())
	}
	return m.nets[0].Conditional(f, nil)
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
