package sample

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// LikelihoodOptions of LogProb. The zero value is ready to use.
type LikelihoodOptions struct {
	// RTol and ATol bound the local error of the state (in units of unit data)
	// and of the log density (in nats); zero means 1e-5 each.
	RTol, ATol float64
	Start, End float64  // from noise to data; zero means 1 and sde.MinTime
	Terminal   Terminal // the law at Start; nil means TerminalOf(d, Start)

	Workers, Block int // as in Options: no effect on any bit of the result

	// Observe, when set, is called after each block, in row order, with the
	// number of rows done so far. Stop ends the run early without error.
	Observe func(rows int) error
}

// Likelihood is the result of LogProb.
type Likelihood struct {
	LogProb []float64  // log p(x_i), in nats
	Latent  *mat.Dense // the states at Start: the encodings of the rows
	Rows    int        // finished rows; the rest of LogProb and Latent is 0
	NFE     float64    // mean denoiser evaluations (linearizations) of a finished row
	Pulls   float64    // mean pullbacks of a finished row
}

// LogProb returns the log density in nats of each row of x under the
// probability flow of d (Song et al. 2021, eq. 39, arXiv:2011.13456), with the
// exact divergence: with u, p as in the flow's scaling, u = x/√(α²+σ²),
//
//	log p(x) = log p_T(x_T) + ∫ (p² d - α tr ∂D/∂x_t) dλ + the logs of the scalings.
//
// The integral runs in λ by Dormand-Prince 5(4) with a step size for each row.
// The trace takes Dim pullbacks per evaluation.
//
// The density is that of x_End/α(End), the data blurred by σ/α at End: 1e-3 by
// default, where smooth densities do not feel it. Where that of the data has no
// bound (atoms, ties, constant columns) the result grows without bound as End
// falls, and means nothing.
//
// For a Denoiser that is not the posterior mean of one law (one that is
// guided, say), the result is the log density of the law that its flow
// transports p_T to.
//
// Row i depends on row i of x alone, bit for bit. When ctx is done, or a row
// errs, what is finished comes with the error.
func LogProb(ctx context.Context, d sde.Differentiable, x *mat.Dense, o *LikelihoodOptions) (*Likelihood, error) {
	var opts LikelihoodOptions
	if o != nil {
		opts = *o
	}
	n, w := x.Dims()
	if w != d.Dim() {
		panic("sample: size mismatch")
	}
	if err := opts.resolve(d); err != nil {
		return nil, err
	}
	if i := nonFinite(x); i >= 0 {
		return nil, fmt.Errorf("sample: row %d is infinite or NaN", i)
	}
	res := &Likelihood{LogProb: make([]float64, n), Latent: mat.NewDense(n, w, nil)}
	p := newPool(n, opts.Block, opts.Workers)
	meters := make([]meter, p.slots())
	var evals, pulls int64
	rows, err := p.run(ctx, func(ctx context.Context, b block) error {
		meters[b.slot] = meter{ctx: ctx}
		return logProbBlock(d, &meters[b.slot], x, &opts, b, res)
	}, func(b block) error {
		evals += meters[b.slot].evals
		pulls += meters[b.slot].pullbacks
		if opts.Observe == nil {
			return nil
		}
		return opts.Observe(b.first + b.rows)
	})
	if res.Rows = rows; rows > 0 {
		res.NFE, res.Pulls = float64(evals)/float64(rows), float64(pulls)/float64(rows)
	}
	for i := rows; i < n; i++ { // blocks after the one that ended the run
		res.LogProb[i] = 0
		clear(res.Latent.RawRowView(i))
	}
	if errors.Is(err, Stop) {
		err = nil
	}
	return res, err
}

func (o *LikelihoodOptions) resolve(d sde.Denoiser) error {
	if o.RTol < 0 || o.ATol < 0 {
		return errors.New("sample: negative tolerance")
	}
	if o.RTol == 0 {
		o.RTol = 1e-5
	}
	if o.ATol == 0 {
		o.ATol = 1e-5
	}
	if o.Start == 0 {
		o.Start = 1
	}
	if o.End == 0 {
		o.End = sde.MinTime(d.Schedule())
	}
	if o.Terminal == nil {
		o.Terminal = TerminalOf(d, o.Start)
	}
	if !(o.Start > o.End && o.Start <= 1 && o.End >= 0) {
		return fmt.Errorf("sample: times from %g to %g, want a decrease within [0, 1]", o.Start, o.End)
	}
	return nil
}

// logProbBlock fills the rows of b in res.
func logProbBlock(d sde.Differentiable, m *meter, x *mat.Dense, o *LikelihoodOptions, b block, res *Likelihood) error {
	var bound sde.Denoiser = d
	if p, ok := bound.(sde.PerRow); ok {
		bound = p.Rows(span(b.first, b.rows))
	}
	if _, ok := bound.(sde.Differentiable); !ok {
		panic("sample: Rows of a Differentiable is not one")
	}
	w := d.Dim()
	sched := d.Schedule()
	start, end := sched.Coeff(o.Start).Lambda(), sched.Coeff(o.End).Lambda()
	cs, ce := scalesAt(sched, start), scalesAt(sched, end)

	u := mat.NewDense(b.rows, w+1, nil)
	for i := range b.rows {
		ui := u.RawRowView(i)
		for j, v := range x.RawRowView(b.first + i) {
			ui[j] = v * ce.p
		}
	}
	f := &traced{flow: newFlow(m.under(bound), b.rows), trace: newExactTrace(b.rows, w)}
	if err := newDopri(f, b.rows, w+1, o.RTol, o.ATol).solve(u, end, start); err != nil {
		if m.ctx.Err() != nil {
			return m.ctx.Err()
		}
		where, err := whereabouts(err, b.first, b.rows)
		return fmt.Errorf("sample: log density, %s: %w", where, err)
	}
	z := res.Latent.Slice(b.first, b.first+b.rows, 0, w).(*mat.Dense)
	for i := range b.rows {
		zi := z.RawRowView(i)
		for j := range zi {
			zi[j] = cs.r * u.At(i, j)
		}
	}
	lp := res.LogProb[b.first : b.first+b.rows]
	o.Terminal.LogProb(lp, z)
	for i := range lp {
		lp[i] += float64(w)*(math.Log(cs.r)+math.Log(ce.p)) - u.At(i, w)
		if math.IsNaN(lp[i]) {
			return fmt.Errorf("sample: log density of row %d is NaN", b.first+i)
		}
	}
	return nil
}
