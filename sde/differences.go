package sde

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// LinearizeByDifferences is the Linearize of a denoiser that has none: it stores
// D(x, t) in mean and returns its pullback at x, by central differences of step
//
//	h = rel √(α² + σ²),
//
// the scale of x_t, in each coordinate; rel 0 means 1e-4. It takes 2·Dim + 1
// evaluations and keeps n·Dim² numbers, and the pullback takes none. The relative
// error of the derivatives is about rel², and 1e-16/rel, or 1e-7/rel for a denoiser
// that computes in float32, for which rel should be 1e-2. It panics on a rel that is
// negative or NaN.
func LinearizeByDifferences(d Denoiser, rel float64, mean, x *mat.Dense, t []float64) (Pullback, error) {
	if !(rel >= 0) {
		panic("sde: negative step of differences")
	}
	n, dim := x.Dims()
	h := make([]float64, n)
	for i := range h {
		c := at(d.Schedule(), t, i)
		h[i] = or(rel, 1e-4) * math.Hypot(c.Alpha, c.Sigma)
	}
	y, up, down := mat.DenseCopyOf(x), mat.NewDense(n, dim, nil), mat.NewDense(n, dim, nil)
	jac := make([]*mat.Dense, dim) // jac[j], row i: ∂D_i/∂x_ij
	for j := range dim {
		for i, h := range h {
			y.Set(i, j, x.At(i, j)+h)
		}
		if err := d.Denoise(up, y, t); err != nil {
			return nil, err
		}
		for i, h := range h {
			y.Set(i, j, x.At(i, j)-h)
		}
		if err := d.Denoise(down, y, t); err != nil {
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
	return pull, d.Denoise(mean, x, t)
}
