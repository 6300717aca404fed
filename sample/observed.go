package sample

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// LogLikelihood returns log p(y|x_0) of an observation, with all its constants, as a
// reward. Y has one row for all groups, or one for each, and no missing numbers.
func LogLikelihood(o sde.Observation) RewardFunc {
	return func(dst []float64, x *mat.Dense, group int) error {
		n, _ := x.Dims()
		_, m := o.A.Dims()
		a := mat.NewDense(n, m, nil)
		if err := o.A.Apply(a, x); err != nil {
			return err
		}
		if r, _ := o.Y.Dims(); r > 1 && group >= r {
			return errors.New("fewer observations than groups")
		}
		y := o.Row(group)
		for i := range n {
			dst[i] = 0
			for j, v := range a.RawRowView(i) {
				l, _ := o.Error.LogProb(j, y[j], v, 0)
				dst[i] += l
			}
		}
		return nil
	}
}

type observed struct{ sde.Observation }

func (o observed) values() *mat.Dense                { return o.Y }
func (o observed) withValues(y *mat.Dense) condition { o.Y = y; return o }

// ConditionOnObservation returns d, its posterior means unchanged, with an observation of any
// operator and error for DiffPIR, which then finds its minima by L-BFGS. A must be an
// sde.Puller, and no number may be missing. The result is an sde.PerRow, so that
// observations stay with their rows: o.Y has one row, or one for each row of the batch.
// It is differentiable if d is.
//
// For a linear A and a normal error ConditionOnLinear does the same in closed form, and
// more methods take it.
func ConditionOnObservation(d sde.Denoiser, o sde.Observation) (sde.Denoiser, error) {
	if o.Missing {
		return nil, errors.New("sample: an observation to be restored by must have all of its numbers")
	}
	if err := o.Check(d.Dim()); err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	if err := sde.CheckDensity(o.Error); err != nil {
		return nil, fmt.Errorf("sample: an observation to be restored by: %w; ConditionOnLinear takes SD 0", err)
	}
	if _, ok := sde.PullerOf(o.A); !ok {
		return nil, errors.New("sample: an observation to be restored by needs the derivative of A: the method Pull")
	}
	return withCondition(d, observed{o}, nil), nil
}
