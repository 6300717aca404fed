package sample

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// meter counts the rows that one worker has evaluated. It also ends evaluations when
// the run is canceled, because one adaptive step may take a whole trajectory.
type meter struct {
	ctx              context.Context
	evals, pullbacks int64

	// For particles: their states, nil if there are none, and the number of moves.
	// Resampling is not counted, because cached evaluations are resampled too.
	x     *mat.Dense
	moves int
}

// here reports whether the rows of x are the particles.
func (m *meter) here(x *mat.Dense) bool { return m.x != nil && (x == m.x || mat.Equal(x, m.x)) }

// metered is a denoiser whose evaluations a meter counts.
type metered struct {
	sde.Denoiser
	m *meter
}

// meteredDiff is a metered denoiser that can be differentiated.
type meteredDiff struct {
	metered
	diff sde.Differentiable
}

// under returns d with its evaluations counted by m. The result is Differentiable and
// PerRow if d is, and its Unwrap returns d.
func (m *meter) under(d sde.Denoiser) sde.Denoiser {
	w := metered{d, m}
	f, diff := d.(sde.Differentiable)
	p, rows := d.(sde.PerRow)
	switch {
	case diff && rows:
		return &struct {
			meteredDiff
			restricter
		}{meteredDiff{w, f}, restricter{p, m}}
	case diff:
		return &meteredDiff{w, f}
	case rows:
		return &struct {
			metered
			restricter
		}{w, restricter{p, m}}
	}
	return &w
}

// Unwrap implements sde.Wrapper.
func (w *metered) Unwrap() sde.Denoiser { return w.Denoiser }

func (w *metered) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := w.m.ctx.Err(); err != nil {
		return err
	}
	n, _ := x.Dims()
	w.m.evals += int64(n)
	return w.Denoiser.Denoise(dst, x, t)
}

func (w *meteredDiff) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	if err := w.m.ctx.Err(); err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	w.m.evals += int64(n)
	pull, err := w.diff.Linearize(mean, x, t)
	if err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error {
		w.m.pullbacks += int64(n)
		return pull(dst, v)
	}, nil
}

// restricter implements the method of sde.PerRow.
type restricter struct {
	p sde.PerRow
	m *meter
}

func (r restricter) Rows(idx []int) sde.Denoiser { return r.m.under(r.p.Rows(idx)) }

// restrict is sde.Restrict.
func restrict(d sde.Denoiser, idx []int) sde.Denoiser { return sde.Restrict(d, idx) }

// span returns first, first+1, … first+n-1.
func span(first, n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = first + i
	}
	return idx
}
