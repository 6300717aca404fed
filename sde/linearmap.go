package sde

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// LinearMap is the map x ↦ M x (+ Offset). Make one with NewLinearMap.
type LinearMap struct {
	M      *mat.Dense // m×d
	Offset []float64  // length m, or nil
	pinv   *mat.Dense // M⁺ᵀ, m×d; nil if M is not of full row rank
}

// NewLinearMap returns the map of M, m×d, which it copies.
func NewLinearMap(M mat.Matrix) LinearMap {
	l := LinearMap{M: mat.DenseCopyOf(M)}
	var gram, p mat.Dense
	gram.Mul(l.M, l.M.T())
	m, _ := gram.Dims()
	var ch mat.Cholesky
	if ch.Factorize(mat.NewSymDense(m, gram.RawMatrix().Data)) && ch.Cond() < 1e12 && ch.SolveTo(&p, l.M) == nil {
		l.pinv = &p
	}
	return l
}

func (o LinearMap) Dims() (d, m int) { m, d = o.M.Dims(); return d, m }

// Linear reports that the map is linear.
func (o LinearMap) Linear() bool { return true }

func (o LinearMap) check() error {
	if _, m := o.Dims(); o.Offset != nil && len(o.Offset) != m {
		return fmt.Errorf("the offset has %d numbers for %d observed ones", len(o.Offset), m)
	}
	return nil
}

func (o LinearMap) Apply(dst, x *mat.Dense) error {
	forward(dst, o.M, x)
	if o.Offset != nil {
		n, _ := dst.Dims()
		for i := range n {
			numeric.Axpy(dst.RawRowView(i), 1, o.Offset)
		}
	}
	return nil
}

// forward stores M x_i in row i of dst, and backward Mᵀ v_i: row by row, so that
// a row's bits do not depend on the others.
func forward(dst, M, x *mat.Dense) {
	n, _ := x.Dims()
	m, _ := M.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), x.RawRowView(i)
		for k := range m {
			to[k] = numeric.Dot(M.RawRowView(k), from)
		}
	}
}

func backward(dst, M, v *mat.Dense) {
	n, _ := v.Dims()
	for i := range n {
		to := dst.RawRowView(i)
		clear(to)
		for k, w := range v.RawRowView(i) {
			numeric.Axpy(to, w, M.RawRowView(k))
		}
	}
}

func (o LinearMap) Push(dst, _, u *mat.Dense) error { forward(dst, o.M, u); return nil }
func (o LinearMap) Pull(dst, _, v *mat.Dense) error { backward(dst, o.M, v); return nil }

// PseudoInverse implements PseudoInverter with Mᵀ(M Mᵀ)⁻¹. It errs if M was not
// of full row rank.
func (o LinearMap) PseudoInverse(dst, y *mat.Dense) error {
	if o.pinv == nil {
		return errors.New("the matrix has no right inverse: it is not of full row rank, or was not made by NewLinearMap")
	}
	n, _ := y.Dims()
	backward(dst, o.pinv, y)
	for k, v := range o.Offset {
		for i := range n {
			numeric.Axpy(dst.RawRowView(i), -v, o.pinv.RawRowView(k))
		}
	}
	return nil
}
