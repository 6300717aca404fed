package sample

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// ByDifferences makes a denoiser differentiable by central differences of its
// values, with steps of rel·√(α²+σ²), the scale of x_t, in each dimension;
// rel 0 means 1e-4. A linearization takes 2·Dim evaluations and keeps n·Dim²
// numbers; pullbacks are free of evaluations. It is for denoisers that are not
// differentiable themselves: guided ones, for the log density of the guided
// flow. That is not the log density of the posterior that the guide stands for,
// unless its guidance is exact, and the result of LogProb says so.
//
// The relative error of the derivatives is about rel², and 1e-16/rel (1e-7/rel
// for a denoiser that computes in float32, for which rel should be 1e-2).
func ByDifferences(d sde.Denoiser, rel float64) sde.Differentiable {
	if !(rel >= 0) {
		panic("sample: negative step of differences")
	}
	if rel == 0 {
		rel = 1e-4
	}
	if p, ok := d.(sde.PerRow); ok {
		return &differencesPerRow{differences{d, rel}, p}
	}
	return &differences{d, rel}
}

type differences struct {
	sde.Denoiser
	rel float64
}

type differencesPerRow struct {
	differences
	p sde.PerRow
}

// Rows implements sde.PerRow.
func (f *differencesPerRow) Rows(idx []int) sde.Denoiser { return ByDifferences(f.p.Rows(idx), f.rel) }

// Caveats names what the differences stand for.
func (f *differences) Caveats() []string {
	return append([]string{fmt.Sprintf("log densities are those of the flow of this denoiser, by differences of relative size %g: "+
		"for a guided denoiser not the posterior's, unless its guidance is exact (weight draws instead)", f.rel)}, caveats(f.Denoiser)...)
}

// NoFlow passes on the refusal of the denoiser.
func (f *differences) NoFlow() error {
	if r, ok := f.Denoiser.(interface{ NoFlow() error }); ok {
		return r.NoFlow()
	}
	return nil
}

// Unwrap returns the denoiser, whose moments TerminalOf asks for.
func (f *differences) Unwrap() sde.Denoiser { return f.Denoiser }

// Linearize implements sde.Differentiable.
func (f *differences) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return sde.LinearizeByDifferences(f.Denoiser, f.rel, mean, x, t)
}
