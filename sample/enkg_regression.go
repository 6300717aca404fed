package sample

import (
	"errors"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// center stores the rows of x less their mean in dst.
func center(dst, x *mat.Dense) {
	n, d := x.Dims()
	for j := range d {
		sum := 0.0
		for i := range n {
			sum += x.At(i, j)
		}
		for i := range n {
			dst.Set(i, j, x.At(i, j)-sum/float64(n))
		}
	}
}

// negligible is the share of the largest eigenvalue of a covariance below which a
// direction counts as one without spread.
const negligible = 1e-13

var errEigen = errors.New("EnKG: the eigenvalues of a covariance of the ensemble do not converge")

// slopes are those of a regression.
type slopes struct {
	*mat.Dense    // d×m: of y, in column, by x, in row
	gram          *mat.SymDense
	cross, turned *mat.Dense
}

func newSlopes(d, m int) slopes {
	return slopes{mat.NewDense(d, m, nil), mat.NewSymDense(d, nil), mat.NewDense(d, m, nil), mat.NewDense(d, m, nil)}
}

// fit makes them (xᵀx)⁺ xᵀy. x, n×d, and y, n×m, are centered. Directions without spread
// have slope 0.
func (s slopes) fit(x, y *mat.Dense) error {
	n, d := x.Dims()
	s.gram.Zero()
	s.cross.Zero()
	for i := range n {
		xi, yi := x.RawRowView(i), y.RawRowView(i)
		for a, v := range xi {
			numeric.Axpy(s.cross.RawRowView(a), v, yi)
			numeric.Axpy(s.gram.RawSymmetric().Data[a*d+a:a*d+d], v, xi[a:])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(s.gram, true) {
		return errEigen
	}
	values := e.Values(nil)
	var q mat.Dense
	e.VectorsTo(&q)
	s.turned.Mul(q.T(), s.cross)
	for a, v := range values {
		f := 0.0
		if v > negligible*values[d-1] {
			f = 1 / v
		}
		row := s.turned.RawRowView(a)
		for b := range row {
			row[b] *= f
		}
	}
	s.Mul(&q, s.turned)
	return nil
}

// nonNegative takes the negative part of s away. spare has its size.
func nonNegative(s *mat.SymDense, spare *mat.Dense) error {
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		return errEigen
	}
	values := e.Values(nil)
	if values[0] >= 0 {
		return nil
	}
	var q mat.Dense
	e.VectorsTo(&q)
	d := len(values)
	for i := range d {
		for a, v := range values {
			spare.Set(i, a, max(v, 0)*q.At(i, a))
		}
	}
	for i := range d {
		for j := i; j < d; j++ {
			s.SetSym(i, j, numeric.Dot(spare.RawRowView(i), q.RawRowView(j)))
		}
	}
	return nil
}
