package sbi

import (
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// separable is the denoiser of a product of laws of single coordinates,
//
//	D_j(w_t, t) = D_j(w_{t,j}, t),
//
// each of a network of its own: what is right where the data tell each coordinate something
// that has nothing to do with the others.
type separable struct {
	parts []sde.Differentiable // of dimension 1
	free  *sync.Pool           // of pairs of n×1 matrices
}

var (
	_ sde.Differentiable = (*separable)(nil)
	_ sde.PerRow         = (*separable)(nil)
)

type columnPair struct{ x, y mat.Dense }

func newSeparable(parts []sde.Differentiable) *separable {
	return &separable{parts, &sync.Pool{New: func() any { return new(columnPair) }}}
}

func (s *separable) Schedule() sde.Schedule { return s.parts[0].Schedule() }
func (s *separable) Dim() int               { return len(s.parts) }

// Moments are those of the parts.
func (s *separable) Moments() (mean, variance []float64) {
	for _, p := range s.parts {
		m, v, _ := sde.Moments(p)
		mean, variance = append(mean, m...), append(variance, v...)
	}
	return mean, variance
}

// each calls f for each part with column j of x, and copies what f stores to column j of dst.
func (s *separable) each(dst, x *mat.Dense, f func(j int, dst, x *mat.Dense) error) error {
	n, d := x.Dims()
	if r, c := dst.Dims(); r != n || c != d || d != len(s.parts) {
		panic("sbi: size mismatch")
	}
	b := s.free.Get().(*columnPair)
	defer s.free.Put(b)
	b.x.Reset()
	b.y.Reset()
	b.x.ReuseAs(n, 1)
	b.y.ReuseAs(n, 1)
	for j := range s.parts {
		for i := range n {
			b.x.Set(i, 0, x.At(i, j))
		}
		if err := f(j, &b.y, &b.x); err != nil {
			return err
		}
		for i := range n {
			dst.Set(i, j, b.y.At(i, 0))
		}
	}
	return nil
}

func (s *separable) Denoise(dst, x *mat.Dense, t []float64) error {
	return s.each(dst, x, func(j int, dst, x *mat.Dense) error { return s.parts[j].Denoise(dst, x, t) })
}

// Linearize implements sde.Differentiable: the Jacobian is diagonal.
func (s *separable) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pulls := make([]sde.Pullback, len(s.parts))
	err := s.each(mean, x, func(j int, dst, x *mat.Dense) (err error) {
		pulls[j], err = s.parts[j].Linearize(dst, mat.DenseCopyOf(x), t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error {
		return s.each(dst, v, func(j int, dst, v *mat.Dense) error { return pulls[j](dst, v) })
	}, nil
}

// Rows implements sde.PerRow.
func (s *separable) Rows(idx []int) sde.Denoiser {
	parts := make([]sde.Differentiable, len(s.parts))
	for j, p := range s.parts {
		parts[j] = sde.Restrict(p, idx).(sde.Differentiable)
	}
	return &separable{parts, s.free}
}
