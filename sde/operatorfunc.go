package sde

import (
	"errors"

	"gonum.org/v1/gonum/mat"
)

// OperatorFunc is an operator given by Go functions of one row. Grad is what most
// guides need; Inverse alone suffices for PiGDM, and Tangent is for the
// iterative MMPS. Functions must be safe for concurrent use.
type OperatorFunc struct {
	Dim, Out int
	F        func(dst, x []float64)    // A(x)
	Grad     func(dst, x, v []float64) // A'(x)ᵀ v
	Tangent  func(dst, x, u []float64) // A'(x) u
	Inverse  func(dst, y []float64)    // A⁺(y)
}

func (o OperatorFunc) Dims() (d, m int) { return o.Dim, o.Out }

func (o OperatorFunc) check() error {
	if o.F == nil {
		return errors.New("the operator has no F")
	}
	return nil
}

func (o OperatorFunc) Apply(dst, x *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		o.F(dst.RawRowView(i), x.RawRowView(i))
	}
	return nil
}

// Pull implements Puller. It errs without Grad.
func (o OperatorFunc) Pull(dst, x, v *mat.Dense) error {
	return o.each(dst, x, v, o.Grad, "Grad")
}

// Push implements Pusher. It errs without Tangent.
func (o OperatorFunc) Push(dst, x, u *mat.Dense) error {
	return o.each(dst, x, u, o.Tangent, "Tangent")
}

func (o OperatorFunc) each(dst, x, v *mat.Dense, f func(dst, x, v []float64), name string) error {
	if f == nil {
		return errors.New("the operator has no " + name)
	}
	n, _ := x.Dims()
	for i := range n {
		f(dst.RawRowView(i), x.RawRowView(i), v.RawRowView(i))
	}
	return nil
}

// PseudoInverse implements PseudoInverter. It errs without Inverse.
func (o OperatorFunc) PseudoInverse(dst, y *mat.Dense) error {
	if o.Inverse == nil {
		return errors.New("the operator has no Inverse")
	}
	n, _ := y.Dims()
	for i := range n {
		o.Inverse(dst.RawRowView(i), y.RawRowView(i))
	}
	return nil
}
