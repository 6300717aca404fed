package sample

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Observed is the log-likelihood of y = A(x_0) + e as a reward. The types of
// package guide fit its fields.
type Observed struct {
	A interface {
		Dims() (d, m int)
		Apply(dst, x *mat.Dense) error // n×d to n×m
	}
	Y     *mat.Dense // 1×m, or one row for each group
	Error interface {
		LogProb(j int, y, a, t float64) (logp, grad float64)
	}
}

// Reward is a Reward, log p(y|x_0) with all its constants.
func (o Observed) Reward(dst []float64, x *mat.Dense, group int) error {
	n, _ := x.Dims()
	_, m := o.A.Dims()
	a := mat.NewDense(n, m, nil)
	if err := o.A.Apply(a, x); err != nil {
		return err
	}
	row := 0
	if r, _ := o.Y.Dims(); r > 1 {
		row = group
		if row >= r {
			return errors.New("fewer observations than groups")
		}
	}
	y := o.Y.RawRowView(row)
	for i := range n {
		dst[i] = 0
		for j, v := range a.RawRowView(i) {
			l, _ := o.Error.LogProb(j, y[j], v, 0)
			dst[i] += l
		}
	}
	return nil
}

func (o Observed) values() *mat.Dense                { return o.Y }
func (o Observed) withValues(y *mat.Dense) condition { o.Y = y; return o }

// WithObserved returns d, its posterior means unchanged, with an observation of any
// A and error for DiffPIR, which then finds its minima by L-BFGS. A must have the
// method Pull of package guide, which stores A'(x_i)ᵀ v_i in row i of dst. It is an
// sde.PerRow, so that observations stay with their rows: o.Y has one row, or one for
// each row of the batch. It is differentiable if d is.
//
// For a linear A and a normal error WithMeasured does the same in closed form, and
// more methods take it.
func WithObserved(d sde.Denoiser, o Observed) (sde.Denoiser, error) {
	if o.A == nil || o.Y == nil || o.Error == nil {
		return nil, errors.New("sample: an observation needs A, Y and Error")
	}
	if _, ok := o.A.(puller); !ok {
		return nil, errors.New("sample: an observation to be restored by needs the derivative of A: the method Pull")
	}
	dim, m := o.A.Dims()
	if dim != d.Dim() {
		return nil, fmt.Errorf("sample: A takes rows of %d, the model has %d", dim, d.Dim())
	}
	if _, c := o.Y.Dims(); c != m {
		return nil, fmt.Errorf("sample: Y has %d numbers, A gives %d", c, m)
	}
	if i := numeric.NonFinite(o.Y); i >= 0 {
		return nil, fmt.Errorf("sample: observation %d is infinite or NaN", i)
	}
	return withCondition(d, o, nil), nil
}

type puller interface {
	Pull(dst, x, v *mat.Dense) error
}
