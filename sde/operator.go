package sde

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Operator is the noise-free observation A: R^d → R^m. Rows are independent,
// arguments are not modified and dst is none of them. Implementations are safe
// for concurrent use and err when they cannot be evaluated.
type Operator interface {
	Dims() (d, m int)
	// Apply stores A(x_i) in row i of dst; x is n×d, dst n×m.
	Apply(dst, x *mat.Dense) error
}

// Puller is an Operator with its adjoint derivative.
type Puller interface {
	// Pull stores A'(x_i)ᵀ v_i in row i of dst; v is n×m, dst n×d.
	Pull(dst, x, v *mat.Dense) error
}

// Pusher is an Operator with its derivative.
type Pusher interface {
	// Push stores A'(x_i) u_i in row i of dst; u is n×d, dst n×m.
	Push(dst, x, u *mat.Dense) error
}

// PseudoInverter is an Operator with a right inverse where it is onto: A(A⁺(y)) = y.
type PseudoInverter interface {
	// PseudoInverse stores A⁺(y_i) in row i of dst; y is n×m, dst n×d.
	PseudoInverse(dst, y *mat.Dense) error
}

// IsLinear reports whether op is a linear map, or affine.
func IsLinear(op Operator) bool {
	l, ok := op.(interface{ Linear() bool })
	return ok && l.Linear()
}

// Columns observes the coordinates Index of a row of Dim, in that order.
type Columns struct {
	Dim   int
	Index []int
}

// Dims implements Operator.
func (o Columns) Dims() (d, m int) { return o.Dim, len(o.Index) }

// Linear reports that the map is linear.
func (o Columns) Linear() bool { return true }

// check errs on an index out of range.
func (o Columns) check() error {
	for _, j := range o.Index {
		if j < 0 || j >= o.Dim {
			return fmt.Errorf("column %d of %d does not exist", j, o.Dim)
		}
	}
	return nil
}

// Apply implements Operator.
func (o Columns) Apply(dst, x *mat.Dense) error { return o.Push(dst, nil, x) }

// Push implements Pusher.
func (o Columns) Push(dst, _, u *mat.Dense) error {
	n, _ := u.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), u.RawRowView(i)
		for k, j := range o.Index {
			to[k] = from[j]
		}
	}
	return nil
}

// Pull implements Puller.
func (o Columns) Pull(dst, _, v *mat.Dense) error {
	n, _ := v.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), v.RawRowView(i)
		clear(to)
		for k, j := range o.Index {
			to[j] += from[k]
		}
	}
	return nil
}

// PseudoInverse implements PseudoInverter: zero where nothing is observed. The
// indices must differ.
func (o Columns) PseudoInverse(dst, y *mat.Dense) error { return o.Pull(dst, nil, y) }
