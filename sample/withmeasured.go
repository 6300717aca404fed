package sample

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Measured is y = A(x_0) + e for a linear (or affine) A and e ~ N(0, SD² I),
// with SD 0 for no error. The operators of package guide fit A.
type Measured struct {
	A interface {
		Dims() (d, m int)
		Apply(dst, x *mat.Dense) error // n×d to n×m
	}
	Y  *mat.Dense // 1×m, or n×m with an observation for each row
	SD float64
}

// WithMeasured returns d, its posterior means unchanged, with an observation for
// the methods that use one in their steps: DiffPIR, DDNM, DAPS, DPSStep and
// SplitGibbs. It is an sde.PerRow, so that observations stay with their rows, and
// differentiable if d is. It errs on an A that is not affine.
func WithMeasured(d sde.Denoiser, o Measured) (sde.Denoiser, error) {
	sp, err := newSpectral(o, d.Dim())
	if err != nil {
		return nil, err
	}
	return able(&measured{Denoiser: d, spectral: sp, y: o.Y}), nil
}

type measured struct {
	sde.Denoiser
	*spectral
	y   *mat.Dense
	err error // of a restriction to rows that have no observation
}

// measuredDiff is a measured that can be differentiated.
type measuredDiff struct {
	*measured
	sde.Differentiable
}

var (
	_ sde.PerRow         = (*measured)(nil)
	_ sde.PerRow         = (*measuredDiff)(nil)
	_ sde.Differentiable = (*measuredDiff)(nil)
)

// able returns p, differentiable if its denoiser is.
func able(p *measured) sde.Denoiser {
	if f, ok := p.Denoiser.(sde.Differentiable); ok {
		return &measuredDiff{p, f}
	}
	return p
}

func (p *measuredDiff) Schedule() sde.Schedule { return p.Differentiable.Schedule() }
func (p *measuredDiff) Dim() int               { return p.Differentiable.Dim() }
func (p *measuredDiff) Denoise(dst, x *mat.Dense, t []float64) error {
	return p.Differentiable.Denoise(dst, x, t)
}

func (p *measured) Unwrap() sde.Denoiser { return p.Denoiser }

// Rows implements sde.PerRow.
func (p *measured) Rows(idx []int) sde.Denoiser {
	q := &measured{restrict(p.Denoiser, idx), p.spectral, p.y, p.err}
	if n, m := p.y.Dims(); n > 1 {
		if slices.Max(idx) >= n {
			q.err = fmt.Errorf("observations of %d rows for row %d", n, slices.Max(idx))
			return able(q)
		}
		q.y = mat.NewDense(len(idx), m, nil)
		gatherRows(q.y, p.y, idx)
	}
	return able(q)
}

var errNotMeasured = errors.New("this method is in closed form, for a linear A and a normal error (WithMeasured): for another observation use DiffPIR, or particles (TDS)")

// measuredOf returns the observation of d for n rows.
func measuredOf(d sde.Denoiser, n int) (*measured, error) {
	for {
		if f, ok := d.(*measuredDiff); ok {
			d = f.measured
		}
		switch p := d.(type) {
		case *measured:
			if r, _ := p.y.Dims(); p.err == nil && r != 1 && r != n {
				return nil, fmt.Errorf("observations of %d rows for %d", r, n)
			}
			return p, p.err
		case *observed:
			return nil, errNotMeasured
		case interface{ Unwrap() sde.Denoiser }:
			d = p.Unwrap()
		default:
			return nil, errors.New("an observation is missing: sample from WithMeasured(model, observation)")
		}
	}
}
