package sample

import (
	"fmt"
	"math"

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
	n, d := x.Dims()
	y, up, down := mat.DenseCopyOf(x), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	h := make([]float64, n)
	for i := range h {
		c := f.Schedule().Coeff(sde.Time(t, i))
		h[i] = f.rel * math.Hypot(c.Alpha, c.Sigma)
	}
	jac := make([]*mat.Dense, d) // column j: ∂D/∂x_j, rows as in x
	for j := range d {
		for i, h := range h {
			y.Set(i, j, x.At(i, j)+h)
		}
		if err := f.Denoise(up, y, t); err != nil {
			return nil, err
		}
		for i, h := range h {
			y.Set(i, j, x.At(i, j)-h)
		}
		if err := f.Denoise(down, y, t); err != nil {
			return nil, err
		}
		jac[j] = mat.NewDense(n, d, nil)
		for i, h := range h {
			y.Set(i, j, x.At(i, j))
			g, lo := jac[j].RawRowView(i), down.RawRowView(i)
			for k, hi := range up.RawRowView(i) {
				g[k] = (hi - lo[k]) / (2 * h)
			}
		}
	}
	pull := func(dst, v *mat.Dense) error {
		for i := range n {
			vi := v.RawRowView(i)
			for j := range d {
				var s float64
				for k, g := range jac[j].RawRowView(i) {
					s += g * vi[k]
				}
				dst.Set(i, j, s)
			}
		}
		return nil
	}
	return pull, f.Denoise(mean, x, t)
}
