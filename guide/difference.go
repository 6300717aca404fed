package guide

import (
	"math"

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
	if err := f.Denoise(mean, x, t); err != nil {
		return nil, err
	}
	step := f.Step
	if step == 0 {
		step = 1e-4
	}
	n, d := x.Dims()
	y, up, down := mat.DenseCopyOf(x), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	jac := make([]*mat.Dense, d) // jac[k], row i: ∂D_i/∂x_ik
	s := f.Schedule()
	h := make([]float64, n)
	for i := range n {
		c := s.Coeff(sde.Time(t, i))
		h[i] = step * math.Hypot(c.Alpha, c.Sigma)
	}
	for k := range d {
		shiftColumn(y, x, k, h, 1)
		if err := f.Denoise(up, y, t); err != nil {
			return nil, err
		}
		shiftColumn(y, x, k, h, -1)
		if err := f.Denoise(down, y, t); err != nil {
			return nil, err
		}
		shiftColumn(y, x, k, h, 0)
		jac[k] = mat.NewDense(n, d, nil)
		for i := range n {
			for j := range d {
				jac[k].Set(i, j, (up.At(i, j)-down.At(i, j))/(2*h[i]))
			}
		}
	}
	return func(dst, v *mat.Dense) error {
		for i := range n {
			row := dst.RawRowView(i)
			for k := range d {
				row[k] = dot(jac[k].RawRowView(i), v.RawRowView(i))
			}
		}
		return nil
	}, nil
}

// shiftColumn stores column k of x, moved by f h, in y.
func shiftColumn(y, x *mat.Dense, k int, h []float64, f float64) {
	for i, s := range h {
		y.Set(i, k, x.At(i, k)+f*s)
	}
}
