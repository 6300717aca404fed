package sde

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Gaussian is the law N(Mu, Cov) with a full covariance, which may be singular
// (with Cov = 0 it is a point mass). Its marginals are N(α Mu, C_t) with
// C_t = α² Cov + σ² I, and
//
//	D(x, t) = Mu + K (x - α Mu)      K = α Cov C_t⁻¹ = ∂D/∂x, symmetric.
//
// Make one with NewGaussian, which factors Cov once for all times; the fields
// are to be read only. A row costs O(d²), or O(d) if Cov is diagonal.
type Gaussian struct {
	Mu    []float64
	Cov   mat.Symmetric
	Sched Schedule

	eig eigen
}

var _ Observable = (*Gaussian)(nil)

// NewGaussian returns the law N(mu, cov) under sched. It copies mu and cov, and
// errs if cov is not finite and positive semi-definite. It panics on a size
// mismatch or a nil schedule.
func NewGaussian(mu []float64, cov mat.Symmetric, sched Schedule) (*Gaussian, error) {
	d := len(mu)
	if d == 0 || cov.SymmetricDim() != d {
		panic(badSize)
	}
	if sched == nil {
		panic("sde: nil schedule")
	}
	for i, v := range mu {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("sde: Gaussian: element %d of the mean is %g", i, v)
		}
	}
	c := mat.NewSymDense(d, nil)
	c.CopySym(cov)
	e, err := newEigen(c)
	if err != nil {
		return nil, fmt.Errorf("sde: Gaussian: %w", err)
	}
	return &Gaussian{append([]float64(nil), mu...), c, sched, e}, nil
}

// ready panics if g is a literal, whose covariance nobody has factored.
func (g *Gaussian) ready() *Gaussian {
	if g.eig.val == nil {
		panic("sde: Gaussian not made by NewGaussian")
	}
	return g
}

func (g *Gaussian) Schedule() Schedule { return g.Sched }
func (g *Gaussian) Dim() int           { return len(g.Mu) }

// each calls f for every row of x with its kernel and its residual Qᵀ(x - α Mu), which
// f may change.
func (g *Gaussian) each(x *mat.Dense, t []float64, f func(i int, c Coeff, y []float64)) {
	buf := borrow(g.Dim())
	defer release(buf)
	n, _ := x.Dims()
	for i := range n {
		c := at(g.Sched, t, i)
		g.eig.residual(*buf, x.RawRowView(i), c.Alpha, g.Mu)
		f(i, c, *buf)
	}
}

// Denoise implements Denoiser. Its error is always nil.
func (g *Gaussian) Denoise(dst, x *mat.Dense, t []float64) error {
	checkBatch(dst, x, t, g.ready().Dim())
	g.each(x, t, func(i int, c Coeff, y []float64) {
		g.eig.shrink(y, c)
		row := dst.RawRowView(i)
		copy(row, g.Mu)
		g.eig.addBack(row, 1, y)
	})
	return nil
}

// Linearize implements Differentiable. The pullback keeps t, not x: the
// Jacobian K of a Gaussian is the same everywhere.
func (g *Gaussian) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	rows := checkBatch(mean, x, t, g.ready().Dim())
	err := g.Denoise(mean, x, t)
	return func(dst, v *mat.Dense) error {
		n := checkBatch(dst, v, t, g.Dim())
		if n != rows {
			panic(badSize)
		}
		buf := borrow(g.Dim())
		defer release(buf)
		y := *buf
		for i := range n {
			g.eig.rotate(y, v.RawRowView(i))
			g.eig.shrink(y, at(g.Sched, t, i))
			row := dst.RawRowView(i)
			clear(row)
			g.eig.addBack(row, 1, y)
		}
		return nil
	}, err
}

// LogProb implements Law. Where Cov is singular and σ = 0 there is no density.
func (g *Gaussian) LogProb(dst []float64, x *mat.Dense, t []float64) {
	checkRows(dst, x, t, g.ready().Dim())
	g.each(x, t, func(i int, c Coeff, y []float64) { dst[i] = g.eig.logDensity(y, c) })
}

func (g *Gaussian) Score(dst, x *mat.Dense, t []float64) {
	checkBatch(dst, x, t, g.ready().Dim())
	g.each(x, t, func(i int, c Coeff, y []float64) {
		g.eig.whiten(y, c)
		row := dst.RawRowView(i)
		clear(row)
		g.eig.addBack(row, 1, y)
	})
}

func (g *Gaussian) Sample(dst *mat.Dense, seed uint64, first int) {
	buf := borrow(g.ready().Dim())
	defer release(buf)
	sampleRows(dst, g.Dim(), seed, "sde/gaussian", first, func(row []float64, src *stream.Source) { g.draw(row, *buf, src) })
}

func (g *Gaussian) draw(row, y []float64, src *stream.Source) {
	for k, l := range g.eig.val {
		y[k] = math.Sqrt(l) * src.NormFloat64()
	}
	copy(row, g.Mu)
	g.eig.addBack(row, 1, y)
}

func (g *Gaussian) Mean() []float64 { return append([]float64(nil), g.Mu...) }

func (g *Gaussian) Covariance() *mat.SymDense {
	c := mat.NewSymDense(g.Dim(), nil)
	c.CopySym(g.Cov)
	return c
}

// Posterior implements Observable: the Kalman update. The law is a *Gaussian.
func (g *Gaussian) Posterior(A mat.Matrix, y []float64, R mat.Symmetric) (Law, error) {
	u, err := update(g.Mu, g.Cov, A, y, R)
	if err != nil {
		return nil, err
	}
	return NewGaussian(u.mean, u.cov, g.Sched)
}

// LogEvidence implements Observable: log N(y; A Mu, A Cov Aᵀ + R).
func (g *Gaussian) LogEvidence(A mat.Matrix, y []float64, R mat.Symmetric) float64 {
	u, err := update(g.Mu, g.Cov, A, y, R)
	if err != nil {
		panic(badEvidence)
	}
	return u.logEvidence
}
