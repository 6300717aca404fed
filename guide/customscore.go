package guide

import (
	"errors"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// RowState is one row at one time, as a CustomScore sees it. Its slices are read-only.
type RowState struct {
	X, D, Score []float64 // x_t, E[x_0|x_t], ∇ log p_t of the prior
	T           float64
	Coeff       sde.Coeff
	Row         int // index in the batch that the Posterior was made for
}

// CustomScore is a change of the score of your own. F stores g, which arrives as
// zeros, and must be safe for concurrent use; an error of it stops the run.
type CustomScore struct {
	F func(g []float64, p RowState) error
	// Note, when set, is the caveat that this change deserves.
	Note string
}

func (f CustomScore) Check(sde.Differentiable) error {
	if f.F == nil {
		return errors.New("a CustomScore without F")
	}
	return nil
}

func (f CustomScore) Exactness(sde.Differentiable) (Exactness, string) {
	if f.Note != "" {
		return Heuristic, f.Note
	}
	return Heuristic, "a change of the score of your own: nothing is known about its error; check it with simulation-based calibration"
}

func (CustomScore) UsesJacobian() bool { return false }

func (f CustomScore) AddScore(dst *mat.Dense, at State) error {
	_, d := dst.Dims()
	g := at.floats(d)
	for i := range at.Rows() {
		clear(g)
		p := RowState{at.X.RawRowView(i), at.Mean.RawRowView(i), at.Score.RawRowView(i), at.Time(i), at.Coeff(i), at.Index(i)}
		if err := f.F(g, p); err != nil {
			return at.rowErr(i, "%w", err)
		}
		numeric.Axpy(dst.RawRowView(i), 1, g)
	}
	return nil
}
