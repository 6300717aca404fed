package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
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
		if !slices.Contains(list, s) {
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
