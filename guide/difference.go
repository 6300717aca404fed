package guide

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// FiniteDifference makes any denoiser Differentiable, by central differences of
// step h, h = Step √(α² + σ²) (Step 0 means 1e-4), in each coordinate: 2d
// evaluations for rows of d, error about h² for a denoiser of float64 and 1e-7/h
// for a network of float32. It is meant for a guided denoiser whose likelihood is
// wanted (sample.LogProb), or that another term is to guide. Its pullback costs
// nothing more.
type FiniteDifference struct {
	sde.Denoiser
	Step float64
}

var (
	_ sde.Differentiable = FiniteDifference{}
	_ sde.PerRow         = FiniteDifference{}
)

// Rows implements sde.PerRow.
func (f FiniteDifference) Rows(idx []int) sde.Denoiser {
	return FiniteDifference{restrict(f.Denoiser, idx), f.Step}
}

// Moments are those of the denoiser, or those of standardised data.
func (f FiniteDifference) Moments() (mean, variance []float64) {
	return (&CFG{Cond: f.Denoiser, Uncond: f.Denoiser}).Moments()
}

// Caveats are those of the denoiser.
func (f FiniteDifference) Caveats() []string {
	if c, ok := f.Denoiser.(interface{ Caveats() []string }); ok {
		return c.Caveats()
	}
	return nil
}

// Linearize implements sde.Differentiable.
func (f FiniteDifference) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return sde.LinearizeByDifferences(f.Denoiser, f.Step, mean, x, t)
}
