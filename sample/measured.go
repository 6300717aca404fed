package sample

import (
	"errors"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// LinearCondition is y = A(x_0) + e for a linear (or affine) A and e ~ N(0, SD² I),
// with SD 0 for no error.
type LinearCondition struct {
	A  sde.Operator
	Y  *mat.Dense // 1×m, or n×m with an observation for each row
	SD float64
}

// ConditionOnLinear returns d, its posterior means unchanged, with an observation for
// the methods that use one in their steps: DiffPIR, DDNM, DAPS, DPSStep and
// SplitGibbs. It is an sde.PerRow, so that observations stay with their rows, and
// differentiable if d is. It errs on an A that is not affine, and by sde.ErrContradiction
// on an observation without error that no row satisfies.
func ConditionOnLinear(d sde.Denoiser, o LinearCondition) (sde.Denoiser, error) {
	sp, err := newSpectral(o, d.Dim())
	if err != nil {
		return nil, err
	}
	if err := sp.consistent(d, o.Y); err != nil {
		return nil, err
	}
	return withCondition(d, &measured{sp, o.Y}, nil), nil
}

type measured struct {
	*spectral
	y *mat.Dense
}

func (p *measured) values() *mat.Dense                { return p.y }
func (p *measured) withValues(y *mat.Dense) condition { return &measured{p.spectral, y} }

var (
	errNotMeasured = errors.New("this method is in closed form, for a linear A and a normal error (ConditionOnLinear): for another observation use DiffPIR, or particles (TDS)")
	errNoCondition = errors.New("an observation is missing: sample from ConditionOnLinear(model, observation)")
)

// measuredOf returns the observation of d for n rows.
func measuredOf(d sde.Denoiser, n int) (*measured, error) {
	if y, ok, err := conditionOf[*measured](d, n); ok {
		return y, err
	}
	if _, ok, _ := conditionOf[observed](d, n); ok {
		return nil, errNotMeasured
	}
	return nil, errNoCondition
}
