package sde

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ByDifferences makes a denoiser differentiable by central differences of step
//
//	h = rel √(α² + σ²),
//
// the scale of x_t, in each coordinate; rel 0 means 1e-4. A linearization takes
// 2·Dim + 1 evaluations and keeps n·Dim² numbers, and its pullback takes none. The
// relative error of the derivatives is about rel², and 1e-16/rel, or 1e-7/rel for a
// denoiser that computes in float32, for which rel should be 1e-2. It is meant for
// guided denoisers, whose own derivative has second derivatives of the network in
// it. It is a Wrapper of d, and a PerRow if d is. It panics on a rel that is negative
// or NaN.
func ByDifferences(d Denoiser, rel float64) Differentiable {
	if !(rel >= 0) {
		panic("sde: negative step of differences")
	}
	w := &differences{d, cmp.Or(rel, 1e-4)}
	if p, ok := d.(PerRow); ok {
		rows := func(idx []int) Denoiser { return ByDifferences(p.Rows(idx), rel) }
		return Extend(w, w.Linearize, rows).(Differentiable)
	}
	return w
}

type differences struct {
	Denoiser
	rel float64
}

func (f *differences) Unwrap() Denoiser { return f.Denoiser }

// Caveats are those of the denoiser, after that of its log densities.
func (f *differences) Caveats() []string {
	return append([]string{fmt.Sprintf("log densities are those of the flow of this denoiser, by differences of relative size %g: "+
		"for a guided denoiser not the posterior's, unless its guidance is exact (weight draws instead)", f.rel)}, Caveats(f.Denoiser)...)
}

func (f *differences) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	n, dim := x.Dims()
	h := make([]float64, n)
	for i := range h {
		c := at(f.Schedule(), t, i)
		h[i] = f.rel * math.Hypot(c.Alpha, c.Sigma)
	}
	y, up, down := mat.DenseCopyOf(x), mat.NewDense(n, dim, nil), mat.NewDense(n, dim, nil)
	jac := make([]*mat.Dense, dim) // jac[j], row i: ∂D_i/∂x_ij
	for j := range dim {
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
		jac[j] = mat.NewDense(n, dim, nil)
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
			vi, row := v.RawRowView(i), dst.RawRowView(i)
			for j := range row {
				sum := 0.0
				for k, g := range jac[j].RawRowView(i) {
					sum += g * vi[k]
				}
				row[j] = sum
			}
		}
		return nil
	}
	return pull, f.Denoise(mean, x, t)
}
