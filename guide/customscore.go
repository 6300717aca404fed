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

// Reward pulls rows up a function r of the denoised row (universal guidance,
// Bansal et al. 2023, arXiv:2302.07121, with the chain rule through the network
// that is often dropped):
//
//	g = Strength ∇_{x_t} r(D(x_t)) = Strength Jᵀ ∇_D r.
//
// One backward pass. R returns r and stores its gradient in grad; it must be
// safe for concurrent use.
type Reward struct {
	R        func(grad, d []float64, row int) float64
	Strength float64 // zero means 1
	// StrengthFunc, when set, is the strength at t, finite and not negative (a penalty has its
	// sign in R), and Strength must be 0. Finished rows have the reward StrengthFunc(0) R.
	StrengthFunc func(t float64) float64
}

var _ Twist = Reward{}

func (r Reward) Check(sde.Differentiable) error {
	if r.R == nil {
		return errors.New("a Reward without R")
	}
	return r.over().once()
}

func (Reward) Exactness(sde.Differentiable) (Exactness, string) {
	return Heuristic, "the reward of the mean stands for the mean of its exponential; weight particles with it, which is exact in their number"
}

func (r Reward) AddScore(dst *mat.Dense, at State) error {
	v := at.zeros(at.X.Dims())
	for i := range at.Rows() {
		r.R(v.RawRowView(i), at.Mean.RawRowView(i), at.Index(i))
	}
	if r.StrengthFunc == nil {
		return at.addPulled(dst, r.over().at(0), v)
	}
	r.over().scaleRows(v, at)
	return at.addPulled(dst, 1, v)
}

// LogProb implements Twist: Strength r(D).
func (r Reward) LogProb(dst []float64, at State) error {
	_, d := at.X.Dims()
	grad := at.floats(d)
	for i := range dst {
		clear(grad)
		dst[i] = r.over().at(at.Time(i)) * r.R(grad, at.Mean.RawRowView(i), at.Index(i))
	}
	return nil
}

// LogLikelihood implements LikelihoodTerm: Strength r(x_0).
func (r Reward) LogLikelihood(dst []float64, at State) error { return r.LogProb(dst, at) }
