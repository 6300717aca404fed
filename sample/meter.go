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

type metered struct {
	sde.Denoiser
	m *meter
}

// under returns d with its evaluations counted by m, Differentiable and PerRow if d is.
func (m *meter) under(d sde.Denoiser) sde.Denoiser {
	w := &metered{d, m}
	var linearize func(mean, x *mat.Dense, t []float64) (sde.Pullback, error)
	if f, ok := d.(sde.Differentiable); ok {
		linearize = func(mean, x *mat.Dense, t []float64) (sde.Pullback, error) { return m.linearize(f, mean, x, t) }
	}
	if p, ok := d.(sde.PerRow); ok {
		return sde.Extend(w, linearize, func(idx []int) sde.Denoiser { return m.under(p.Rows(idx)) })
	}
	return sde.Extend(w, linearize, nil)
}

func (w *metered) Unwrap() sde.Denoiser { return w.Denoiser }

func (w *metered) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := w.m.count(x); err != nil {
		return err
	}
	return w.Denoiser.Denoise(dst, x, t)
}

func (m *meter) count(x *mat.Dense) error {
	if err := m.ctx.Err(); err != nil {
		return err
	}
	n, _ := x.Dims()
	m.evals += int64(n)
	return nil
}

func (m *meter) linearize(f sde.Differentiable, mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	if err := m.count(x); err != nil {
		return nil, err
	}
	n, _ := x.Dims()
	pull, err := f.Linearize(mean, x, t)
	if err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error {
		m.pullbacks += int64(n)
		return pull(dst, v)
	}, nil
}

func span(first, n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = first + i
	}
	return idx
}
