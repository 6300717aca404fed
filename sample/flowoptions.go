package sample

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// FlowOptions say how the probability flow between data and noise is solved:
// in λ, by Dormand-Prince 5(4), with steps of its own for each row. The zero
// value is ready to use.
type FlowOptions struct {
	// RTol and ATol bound the local error of the state (in units of unit data)
	// and of a log density (in nats); zero means 1e-5 each.
	RTol, ATol float64
	Start, End float64 // from noise to data; zero means 1 and sde.MinTime

	Workers, Block int // as in Options: no effect on any bit of the result

	// Observe, when set, is called after each block, in row order, with the
	// number of rows done so far. Stop ends the run early without error.
	Observe func(rows int) error
}

type flowSpan struct {
	FlowOptions
	d          sde.Denoiser
	start, end float64 // λ at Start and End
	cs, ce     scales
}

// resolve checks the options and rows, x, of which the first has the index first.
func (o FlowOptions) resolve(d sde.Denoiser, x *mat.Dense, first int) (*flowSpan, error) {
	if _, w := x.Dims(); w != d.Dim() {
		panic("sample: size mismatch")
	}
	if !(o.RTol >= 0 && o.ATol >= 0) {
		return nil, errors.New("sample: negative tolerance")
	}
	o.RTol = cmp.Or(o.RTol, 1e-5)
	o.ATol = cmp.Or(o.ATol, 1e-5)
	o.Start = cmp.Or(o.Start, 1)
	sched := d.Schedule()
	o.End = cmp.Or(o.End, sde.MinTime(sched))
	if !(o.Start > o.End && o.Start <= 1 && o.End >= 0) {
		return nil, fmt.Errorf("sample: times from %g to %g, want a decrease within [0, 1]", o.Start, o.End)
	}
	if sched.Coeff(o.End).Sigma == 0 {
		return nil, fmt.Errorf("sample: sigma is 0 at t = %g, where lambda is infinite: end above it (see sde.MinTime)", o.End)
	}
	if i := numeric.NonFinite(x); i >= 0 {
		return nil, fmt.Errorf("sample: row %d is infinite or NaN", first+i)
	}
	f := &flowSpan{FlowOptions: o, d: d}
	f.start, f.end = sched.Coeff(o.Start).Lambda(), sched.Coeff(o.End).Lambda()
	f.cs, f.ce = scalesAt(sched, f.start), scalesAt(sched, f.end)
	return f, nil
}

// do runs work on blocks of n rows. It returns the number of finished rows, and of
// their evaluations and pullbacks.
func (f *flowSpan) do(ctx context.Context, n int, work func(m *meter, b block) error) (rows int, evals, pulls float64, err error) {
	p := newPool(n, f.Block, f.Workers)
	meters := make([]meter, p.slots())
	rows, err = p.run(ctx, func(ctx context.Context, b block) error {
		meters[b.slot] = meter{ctx: ctx}
		return work(&meters[b.slot], b)
	}, func(b block) error {
		evals += float64(meters[b.slot].evals)
		pulls += float64(meters[b.slot].pullbacks)
		if f.Observe == nil {
			return nil
		}
		return f.Observe(b.first + b.rows)
	})
	if errors.Is(err, Stop) {
		err = nil
	}
	return rows, evals, pulls, err
}

// bound returns the denoiser of the rows of b under the meter m.
func (f *flowSpan) bound(m *meter, b block) sde.Denoiser {
	return m.under(sde.Restrict(f.d, span(b.first, b.rows)))
}

// solve moves u, whose field is fd, between λ from and λ to.
func (f *flowSpan) solve(fd field, u *mat.Dense, from, to float64, m *meter, b block, what string) error {
	n, w := u.Dims()
	err := newDopri(fd, n, w, f.RTol, f.ATol).solve(u, from, to)
	if err == nil {
		if i := numeric.NonFinite(u); i >= 0 {
			err = &rowError{i, errNonFinite}
		}
	}
	if err == nil || m.ctx.Err() != nil {
		return m.ctx.Err()
	}
	where, err := whereabouts(err, b.first, b.rows)
	return fmt.Errorf("sample: %s, %s: %w", what, where, err)
}
