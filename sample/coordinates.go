package sample

import (
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// coordinates are x = Q z + b of the rows z of a model, Q with orthonormal columns.
type coordinates interface {
	dim() int                                           // of x
	enter(z, x *mat.Dense, s sde.Schedule, t []float64) // z = Qᵀ(x - α b)
	leave(x, z *mat.Dense)                              // x = Q z + b
	down(z, x *mat.Dense)                               // Qᵀ x
	up(x, z *mat.Dense)                                 // Q z
	row(j int) (q []entry, b float64)                   // of coordinate j of x
}

type entry struct {
	j int
	q float64
}

// moved is the model d of z as one of x,
//
//	D(x, t) = Q d(Qᵀ(x - α b), t) + b,   Jᵀ v = Q J_dᵀ Qᵀ v.
//
// It is no sde.Wrapper, because the rows of d have other coordinates.
type moved struct {
	d     sde.Denoiser
	c     coordinates
	spare *matrices
}

// move returns the model, differentiable and an sde.PerRow if d is.
func move(d sde.Denoiser, c coordinates, spare *matrices) sde.Denoiser {
	w := &moved{d, c, spare}
	var linearize func(mean, x *mat.Dense, t []float64) (sde.Pullback, error)
	if f, ok := d.(sde.Differentiable); ok {
		linearize = func(mean, x *mat.Dense, t []float64) (sde.Pullback, error) { return w.linearize(f, mean, x, t) }
	}
	if p, ok := d.(sde.PerRow); ok {
		return sde.Extend(w, linearize, func(idx []int) sde.Denoiser { return move(p.Rows(idx), c, spare) })
	}
	return sde.Extend(w, linearize, nil)
}

func (w *moved) Schedule() sde.Schedule { return w.d.Schedule() }
func (w *moved) Dim() int               { return w.c.dim() }
func (w *moved) Caveats() []string      { return sde.Caveats(w.d) }
func (w *moved) Err() error             { return sde.Err(w.d) }

func (w *moved) Denoise(dst, x *mat.Dense, t []float64) error {
	s := w.spare.take()
	defer w.spare.put(s)
	n, _ := x.Dims()
	z, mean := s.of(0, n, w.d.Dim()), s.of(1, n, w.d.Dim())
	w.c.enter(z, x, w.Schedule(), t)
	if err := w.d.Denoise(mean, z, t); err != nil {
		return err
	}
	w.c.leave(dst, mean)
	return nil
}

func (w *moved) linearize(f sde.Differentiable, mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	n, _ := x.Dims()
	z, low := mat.NewDense(n, w.d.Dim(), nil), mat.NewDense(n, w.d.Dim(), nil)
	w.c.enter(z, x, w.Schedule(), t)
	pull, err := f.Linearize(low, z, t)
	if err != nil {
		return nil, err
	}
	w.c.leave(mean, low)
	in, out := low, mat.NewDense(n, w.d.Dim(), nil)
	return func(dst, v *mat.Dense) error {
		w.c.down(in, v)
		if err := pull(out, in); err != nil {
			return err
		}
		w.c.up(dst, out)
		return nil
	}, nil
}

// Moments returns mean and variance of the coordinates of x, for independent
// coordinates of z unless their covariance is known.
func (w *moved) Moments() (mean, variance []float64) {
	m, v, cov := dataMoments(w.d)
	mean, variance = make([]float64, w.Dim()), make([]float64, w.Dim())
	for j := range mean {
		row, b := w.c.row(j)
		for _, k := range row {
			mean[j] += k.q * m[k.j]
			if cov == nil {
				variance[j] += k.q * k.q * v[k.j]
				continue
			}
			for _, l := range row {
				variance[j] += k.q * l.q * cov.At(k.j, l.j)
			}
		}
		mean[j] += b
	}
	return mean, variance
}

// matrices is a pool of matrices for concurrent evaluations.
type matrices struct{ pool sync.Pool }

// scratch holds the matrices of one evaluation. Their initial content is not read.
type scratch [2]mat.Dense

func (p *matrices) take() *scratch {
	if s, ok := p.pool.Get().(*scratch); ok {
		return s
	}
	return new(scratch)
}

func (p *matrices) put(s *scratch) { p.pool.Put(s) }

func (s *scratch) of(k, n, d int) *mat.Dense {
	s[k].Reset()
	s[k].ReuseAs(n, d)
	return &s[k]
}
