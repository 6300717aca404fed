package sde

import "gonum.org/v1/gonum/mat"

// Denoiser predicts the posterior mean D(x_t, t) = E[x_0 | x_t] of a batch:
// row i of x is sample i. Implementations treat rows independently (row i of
// dst depends on row i of x alone, bit for bit), do not modify x, allow dst
// and x to be different matrices of the same shape only, and are safe for
// concurrent use.
type Denoiser interface {
	Schedule() Schedule
	Dim() int
	// Denoise stores D(x, t) in dst, both n×Dim. t has one time for all rows,
	// or n times. It panics on a size mismatch and errs when the model cannot
	// be evaluated.
	Denoise(dst, x *mat.Dense, t []float64) error
}

// Pullback stores J_iᵀ v_i in row i of dst, J_i = ∂D/∂x_t being the Jacobian of
// the denoiser at row i of the batch that it was linearized at. It may be
// called any number of times, from one goroutine.
type Pullback func(dst, v *mat.Dense) error

// Differentiable is a Denoiser that can be differentiated in its input.
type Differentiable interface {
	Denoiser
	// Linearize stores D(x, t) in mean and returns its pullback at x, which
	// stays valid while x and t are not modified.
	Linearize(mean, x *mat.Dense, t []float64) (Pullback, error)
}

// PerRow is a Denoiser that holds something of its own for each row (a
// condition, an observation). Rows returns its restriction to the rows idx, in
// that order: blocks, shards and resampling all go through it.
type PerRow interface {
	Denoiser
	Rows(idx []int) Denoiser
}

// Time returns the time of row i from the argument t of a Denoiser.
func Time(t []float64, i int) float64 {
	if len(t) == 1 {
		return t[0]
	}
	return t[i]
}
