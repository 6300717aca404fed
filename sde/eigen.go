package sde

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// eigen is a covariance C = Q diag(val) Qᵀ. In its basis every C_t = α² C + σ² I
// is diagonal, so one factorization serves all times.
type eigen struct {
	val []float64
	vec []float64 // Q, row-major; nil if C is diagonal and Q the identity
}

// newEigen factors c, which must be positive semi-definite up to rounding.
func newEigen(c mat.Symmetric) (eigen, error) {
	d := c.SymmetricDim()
	diagonal, big := true, 0.0
	for i := range d {
		for j := range i + 1 {
			v := c.At(i, j)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return eigen{}, fmt.Errorf("covariance element (%d, %d) is %g", i, j, v)
			}
			diagonal = diagonal && (i == j || v == 0)
			big = math.Max(big, math.Abs(v))
		}
	}
	var e eigen
	if diagonal {
		e.val = make([]float64, d)
		for i := range d {
			e.val[i] = c.At(i, i)
		}
	} else {
		var f mat.EigenSym
		if !f.Factorize(c, true) {
			return eigen{}, errors.New("eigendecomposition of the covariance did not converge")
		}
		var q mat.Dense
		f.VectorsTo(&q)
		e.val, e.vec = f.Values(nil), make([]float64, 0, d*d)
		for i := range d {
			e.vec = append(e.vec, q.RawRowView(i)...)
		}
	}
	for i, v := range e.val {
		if v < -1e-12*float64(d)*big || (diagonal && v < 0) {
			return eigen{}, fmt.Errorf("covariance has the negative eigenvalue %g", v)
		}
		e.val[i] = math.Max(v, 0)
	}
	return e, nil
}

// residual stores Qᵀ (x - a m) in y.
func (e *eigen) residual(y, x []float64, a float64, m []float64) {
	if e.vec == nil {
		for j, v := range x {
			y[j] = v - a*m[j]
		}
		return
	}
	clear(y)
	d := len(y)
	for j, v := range x {
		numeric.Axpy(y, v-a*m[j], e.vec[j*d:j*d+d])
	}
}

// rotate stores Qᵀ v in y.
func (e *eigen) rotate(y, v []float64) {
	if e.vec == nil {
		copy(y, v)
		return
	}
	clear(y)
	d := len(y)
	for j, r := range v {
		numeric.Axpy(y, r, e.vec[j*d:j*d+d])
	}
}

// addBack adds w Q y to dst.
func (e *eigen) addBack(dst []float64, w float64, y []float64) {
	if e.vec == nil {
		numeric.Axpy(dst, w, y)
		return
	}
	d := len(y)
	for j := range dst {
		dst[j] += w * numeric.Dot(e.vec[j*d:j*d+d], y)
	}
}

// shrink multiplies y by the gain α λ/(α² λ + σ²) of each eigenvalue λ: in the
// eigenbasis, the Jacobian of the Gaussian denoiser. A direction that carries
// neither signal nor noise has gain 0.
func (e *eigen) shrink(y []float64, c Coeff) {
	for k, l := range e.val {
		if l == 0 {
			y[k] = 0
		} else {
			y[k] *= c.Alpha * l / (c.Alpha*c.Alpha*l + c.Sigma*c.Sigma)
		}
	}
}

// whiten divides y by minus the variances α² λ + σ²: a residual becomes a score.
func (e *eigen) whiten(y []float64, c Coeff) {
	for k, l := range e.val {
		y[k] /= -(c.Alpha*c.Alpha*l + c.Sigma*c.Sigma)
	}
}

// logDensity is log N(y; 0, diag(α² λ + σ²)). A direction without variance is
// an atom: it gives +Inf on it and -Inf off it.
func (e *eigen) logDensity(y []float64, c Coeff) float64 {
	const far = 1e100 // a product of two numbers within 1/far and far cannot overflow
	sum, product, atom := 0.0, 1.0, false
	for k, l := range e.val {
		v := c.Alpha*c.Alpha*l + c.Sigma*c.Sigma
		if v == 0 {
			if y[k] != 0 {
				return math.Inf(-1)
			}
			atom = true
			continue
		}
		sum += y[k] * y[k] / v
		if v < 1/far || v > far {
			sum += math.Log(v)
			continue
		}
		// One logarithm of a product costs less than the logarithms of its factors.
		if product *= v; product < 1/far || product > far {
			sum += math.Log(product)
			product = 1
		}
	}
	if atom {
		return math.Inf(1)
	}
	return -(sum + math.Log(product) + float64(len(y))*math.Log(2*math.Pi)) / 2
}
