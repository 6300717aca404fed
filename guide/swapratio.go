package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// quadratic is exp(c + hᵀx - ½ xᵀPx).
type quadratic struct {
	c float64
	h []float64
	p []float64 // d×d
}

// divide adds the log density of a block of the old prior, from coordinate first on, to
// old. That of a uniform law counts as 0.
func (s *PriorSwap) divide(old *quadratic, from sde.Law, first int) error {
	var normal *sde.Gaussian
	switch l := from.(type) {
	case *sde.Gaussian:
		normal = l
	case *FittedMixture:
		if len(l.Comps) != 1 {
			return fmt.Errorf("guide: prior swap: the old prior is a mixture of %d normals: fit one, for a ratio by several has no closed form", len(l.Comps))
		}
		normal = l.Comps[0]
		s.says(l)
	case *sde.Box:
		for j, v := range l.Var {
			if !math.IsInf(v, 1) {
				return fmt.Errorf("guide: prior swap: coordinate %d of the old prior is not uniform", first+j)
			}
		}
		return nil
	case *sde.Product:
		for _, b := range l.Blocks {
			if err := s.divide(old, b, first); err != nil {
				return err
			}
			first += b.Dim()
		}
		return nil
	default:
		return fmt.Errorf("guide: prior swap: no closed form for the old prior, a %T: it must be a Gaussian or a uniform box", from)
	}
	q, err := logDensity(normal)
	if err != nil {
		return err
	}
	d, n := len(old.h), len(q.h)
	old.c += q.c
	for j := range n {
		old.h[first+j] += q.h[j]
		for k := range n {
			old.p[(first+j)*d+first+k] += q.p[j*n+k]
		}
	}
	return nil
}

// says keeps the caveat of a fitted prior.
func (s *PriorSwap) says(l *FittedMixture) {
	if s.fitted != "" {
		s.fitted += "; "
	}
	s.fitted += l.Caveats()[0]
}

// logDensity is the log density of g as a quadratic form.
func logDensity(g *sde.Gaussian) (quadratic, error) {
	d := g.Dim()
	var ch mat.Cholesky
	var inv mat.SymDense
	if !ch.Factorize(g.Cov) || ch.InverseTo(&inv) != nil {
		return quadratic{}, errors.New("guide: prior swap: a covariance is singular, so there is no density to take the ratio of")
	}
	q := quadratic{-ch.LogDet()/2 - float64(d)*numeric.HalfLog2Pi, make([]float64, d), make([]float64, 0, d*d)}
	for i := range d {
		for j := range d {
			q.p = append(q.p, inv.At(i, j))
			q.h[i] += inv.At(i, j) * g.Mu[j]
		}
	}
	q.c -= numeric.Dot(q.h, g.Mu) / 2
	return q, nil
}
