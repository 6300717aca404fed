package sample

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// ValueCondition says that some coordinates of x_0 are known: entry j of Values is that
// of the coordinate Index[j], exactly, or with a normal error of standard
// deviation SD. Values has one row for all, or one for each row of the batch
// (for particles, one for each group).
type ValueCondition struct {
	Index  []int
	Values *mat.Dense // 1×m or n×m
	SD     float64
}

// ConditionOnValues returns d, its posterior means unchanged, with the values of some
// coordinates for the methods that put them into the trajectories: Replacement
// and RePaint. Finished rows have them exactly if SD is 0. It is an sde.PerRow, so
// that the values stay with their rows, and differentiable if d is.
func ConditionOnValues(d sde.Denoiser, k ValueCondition) (sde.Denoiser, error) {
	if err := k.check(d.Dim()); err != nil {
		return nil, err
	}
	if err := k.consistent(d); err != nil {
		return nil, err
	}
	return withCondition(d, k, nil), nil
}

// consistent errs, by sde.ErrContradiction, on values that d has with probability 0.
func (k ValueCondition) consistent(d sde.Denoiser) error {
	_, law := sde.As[sde.Law](d)
	_, knows := sde.As[sde.Conditional](d)
	if k.SD > 0 || !law && !knows {
		return nil
	}
	A := mat.NewDense(len(k.Index), d.Dim(), nil)
	for i, j := range k.Index {
		A.Set(i, j, 1)
	}
	if err := sde.CheckExact(d, A, nil, k.Values); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return nil
}

func (k ValueCondition) values() *mat.Dense                { return k.Values }
func (k ValueCondition) withValues(v *mat.Dense) condition { k.Values = v; return k }

func (k ValueCondition) check(dim int) error {
	if len(k.Index) == 0 || k.Values == nil {
		return errors.New("sample: known coordinates need Index and Values")
	}
	seen := make([]bool, dim)
	for _, j := range k.Index {
		if j < 0 || j >= dim || seen[j] {
			return fmt.Errorf("sample: known coordinate %d is not one of %d, or is named twice", j, dim)
		}
		seen[j] = true
	}
	if _, c := k.Values.Dims(); c != len(k.Index) {
		return fmt.Errorf("sample: %d known values for %d coordinates", c, len(k.Index))
	}
	if i := numeric.NonFinite(k.Values); i >= 0 {
		return fmt.Errorf("sample: known values, row %d: infinite or NaN", i)
	}
	if !(k.SD >= 0) || math.IsInf(k.SD, 1) {
		return fmt.Errorf("sample: the standard deviation of the known values is %g", k.SD)
	}
	return nil
}

func (k ValueCondition) row(i int) []float64 { return rowOf(k.Values, i) }

// covers errs unless there are values for n rows.
func (k ValueCondition) covers(n int, of string) error {
	if r, _ := k.Values.Dims(); r != 1 && r < n {
		return fmt.Errorf("sample: known values of %d rows for %d %s", r, n, of)
	}
	return nil
}
