package sbi

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sample"
	"tweedie/sde"
)

const halfLogTau = numeric.HalfLog2Pi

// Posterior is p(θ|x) of one observation, or of each of several. It is safe for concurrent
// use.
type Posterior struct {
	m       *Model
	f       *mat.Dense         // features, a row for each observation
	mean    *mat.Dense         // of the bases, in w
	inner   sde.Differentiable // of w less mean
	caveats []string
}

// Posterior returns that of an observation, or those of the rows of x. An observation that is
// unlike all simulations is used, with a caveat. It errs on another width than that of the
// simulations, and on numbers that are not finite, naming row and column.
func (m *Model) Posterior(x *mat.Dense) (*Posterior, error) {
	if x == nil || x.IsEmpty() {
		return nil, fmt.Errorf("sbi: no observation: give rows of %d numbers", len(m.xNames))
	}
	n, w := x.Dims()
	if w != len(m.xNames) {
		return nil, fmt.Errorf("sbi: an observation of %d numbers, and the simulations have %d: %s", w, len(m.xNames), brief(m.xNames))
	}
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("sbi: observation %d: %q is %v: give a finite number", i+1, m.xNames[j], v)
			}
		}
	}
	p := &Posterior{m: m, f: m.features.of(x)}
	p.caveats = append(m.rounds.caveats(x), m.seen.caveats(x, p.f.Slice(0, n, 0, m.features.size()).(*mat.Dense), m.xNames)...)
	var err error
	p.inner, p.mean, err = m.denoiser(p.f, true)
	return p, err
}

// brief lists the first names.
func brief(names []string) string {
	s := ""
	for k, n := range names {
		if k == 5 {
			return s + ", …"
		}
		if k > 0 {
			s += ", "
		}
		s += n
	}
	return s
}

// Observations is their number.
func (p *Posterior) Observations() int { return p.f.RawMatrix().Rows }

// Model is that of the posterior.
func (p *Posterior) Model() *Model { return p.m }

// Caveats say which observations are unlike all simulations.
func (p *Posterior) Caveats() []string { return append([]string(nil), p.caveats...) }

// Latent returns the denoiser of the posterior in the coordinates w of Model.Latent, and the
// law of the prior in them. The denoiser of several observations is an sde.PerRow with a row
// for each.
func (p *Posterior) Latent() (d sde.Differentiable, prior *sde.Gaussian) {
	d, _, err := p.m.denoiser(p.f, false)
	if err != nil {
		panic("sbi: " + err.Error()) // these features have made a denoiser before
	}
	return d, p.m.latentPrior()
}

// DrawOptions are those of Sample, LogProb and MAP; nil or zero for the defaults.
type DrawOptions struct {
	Seed    uint64
	Workers int // goroutines, 0 for one per core; changes no bit

	Sampler sample.Method // default dpmpp2m-sde
	NFE     int           // evaluations per draw; default 40
	// First is the index of the first draw of the first observation: draw i of the whole is a
	// function of the seed, of its observation and of i alone. Of observations from k on, of n
	// draws each, First is k n. See SampleRows for a part of the draws.
	First int

	Tolerance float64 // local error of log densities; default 5e-5
	// Progress is called with the number of rows done. Its error ends the call.
	Progress func(done int) error
}

// Draws are draws of the posterior.
type Draws struct {
	Theta   *mat.Dense // n rows for the first observation, n for the second, …; empty without rows
	Of      []int      // the observation of each row
	Caveats []string   // why they are no draws of the posterior, and what to do
}

// draw evaluations of the default sampler
const drawNFE = 40

// Sample returns n draws for each observation, those of an observation behind each other.
// All are in the support of the prior.
func (p *Posterior) Sample(ctx context.Context, n int, o *DrawOptions) (*Draws, error) {
	return p.SampleRows(ctx, n, 0, p.Observations()*n, o)
}

// SampleRows returns rows first … first+rows-1 of those of Sample, bit for bit, and makes no
// others. It errs unless they are among them.
func (p *Posterior) SampleRows(ctx context.Context, n, first, rows int, o *DrawOptions) (*Draws, error) {
	if err := checkRows(n, first, rows, p.Observations()); err != nil {
		return nil, err
	}
	opts := valueOf(o)
	if opts.Sampler == nil {
		opts.Sampler = sample.DPMpp2MSDE{}
	}
	ro := &sample.Options{Seed: opts.Seed, First: opts.First + first, Workers: opts.Workers, Init: start(p.m.prior.Dim())}
	if opts.Sampler.Info().EvalsPerStep > 0 {
		ro.NFE = opts.NFE
		set(&ro.NFE, drawNFE)
	} else if opts.NFE != 0 {
		return nil, fmt.Errorf("sbi: %s takes as many evaluations as it needs: leave NFE away", opts.Sampler.Info().Name)
	}
	if rows == 0 {
		return &Draws{Theta: new(mat.Dense), Caveats: p.Caveats()}, nil
	}
	draws := &Draws{mat.NewDense(rows, p.m.prior.Dim(), nil), ofRows(n, first, rows), nil}
	var d sde.Denoiser = p.inner
	if p.Observations() > 1 {
		d = sde.Restrict(d, draws.Of)
	}
	ro.Sink = func(at int, u *mat.Dense) error {
		at -= ro.First
		c, w := u.Dims()
		part := draws.Theta.Slice(at, at+c, 0, w).(*mat.Dense)
		for i := range c {
			to, m := part.RawRowView(i), p.mean.RawRowView(draws.Of[at+i])
			for j, v := range u.RawRowView(i) {
				to[j] = v + m[j]
			}
		}
		p.m.Theta(part, part)
		if opts.Progress != nil {
			return opts.Progress(at + c)
		}
		return nil
	}
	res, err := sample.Run(ctx, d, opts.Sampler, rows, ro)
	if err != nil {
		return nil, err
	}
	draws.Caveats = append(p.Caveats(), res.Caveats...)
	return draws, nil
}

// checkRows errs unless rows from first on are among n draws for each of k observations.
func checkRows(n, first, rows, k int) error {
	if n < 1 {
		return fmt.Errorf("sbi: %d draws: give a positive number", n)
	}
	if first < 0 || rows < 0 || rows > k*n-first {
		return fmt.Errorf("sbi: %d rows from %d on, of %d draws for each of %d observations: give rows among these", rows, first, n, k)
	}
	return nil
}

// ofRows are the observations of rows from first on, where each has n rows.
func ofRows(n, first, rows int) []int {
	of := make([]int, rows)
	for i := range of {
		of[i] = (first + i) / n
	}
	return of
}

func valueOf(o *DrawOptions) DrawOptions {
	if o == nil {
		return DrawOptions{}
	}
	return *o
}
