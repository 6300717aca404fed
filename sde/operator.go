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

func (o Columns) Apply(dst, x *mat.Dense) error { return o.Push(dst, nil, x) }

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

// OperatorFunc and Stacked have every method, but some of their values cannot use
// them. So ask these functions what an operator can do, not a type assertion.

// PullerOf returns op as a Puller, and whether it can be used as one.
func PullerOf(op Operator) (Puller, bool) {
	p, ok := op.(Puller)
	switch o := op.(type) {
	case OperatorFunc:
		ok = o.Grad != nil
	case Stacked:
		ok = all(o.Parts, func(p Operator) bool { _, ok := PullerOf(p); return ok })
	}
	return p, ok
}

// PusherOf returns op as a Pusher, and whether it can be used as one.
func PusherOf(op Operator) (Pusher, bool) {
	p, ok := op.(Pusher)
	switch o := op.(type) {
	case OperatorFunc:
		ok = o.Tangent != nil
	case Stacked:
		ok = all(o.Parts, func(p Operator) bool { _, ok := PusherOf(p); return ok })
	}
	return p, ok
}

// PseudoInverterOf returns op as a PseudoInverter, and whether it can be used as one.
func PseudoInverterOf(op Operator) (PseudoInverter, bool) {
	p, ok := op.(PseudoInverter)
	switch o := op.(type) {
	case OperatorFunc:
		ok = o.Inverse != nil
	case LinearMap:
		ok = o.pinv != nil
	}
	return p, ok
}
