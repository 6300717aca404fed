package guide

import (
	"errors"
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

// linear reports whether op is a linear map, or affine.
func linear(op Operator) bool {
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

// Linear is the map x ↦ M x (+ Offset). Make one with NewLinear.
type Linear struct {
	M      *mat.Dense // m×d
	Offset []float64  // length m, or nil
	pinv   *mat.Dense // M⁺ᵀ, m×d; nil if M is not of full row rank
}

// NewLinear returns the map of M, m×d, which it copies.
func NewLinear(M mat.Matrix) Linear {
	l := Linear{M: mat.DenseCopyOf(M)}
	var gram, p mat.Dense
	gram.Mul(l.M, l.M.T())
	m, _ := gram.Dims()
	sym := mat.NewSymDense(m, nil)
	for i := range m {
		for j := i; j < m; j++ {
			sym.SetSym(i, j, gram.At(i, j))
		}
	}
	var ch mat.Cholesky
	if ch.Factorize(sym) && ch.Cond() < 1e12 && ch.SolveTo(&p, l.M) == nil {
		l.pinv = &p
	}
	return l
}

// Dims implements Operator.
func (o Linear) Dims() (d, m int) { m, d = o.M.Dims(); return d, m }

// Linear reports that the map is linear.
func (o Linear) Linear() bool { return true }

func (o Linear) check() error {
	if _, m := o.Dims(); o.Offset != nil && len(o.Offset) != m {
		return fmt.Errorf("the offset has %d numbers for %d observed ones", len(o.Offset), m)
	}
	return nil
}

// Apply implements Operator.
func (o Linear) Apply(dst, x *mat.Dense) error {
	forward(dst, o.M, x)
	if o.Offset != nil {
		n, _ := dst.Dims()
		for i := range n {
			row := dst.RawRowView(i)
			for k, v := range o.Offset {
				row[k] += v
			}
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
			to[k] = dot(M.RawRowView(k), from)
		}
	}
}

func backward(dst, M, v *mat.Dense) {
	n, _ := v.Dims()
	for i := range n {
		to := dst.RawRowView(i)
		clear(to)
		for k, w := range v.RawRowView(i) {
			for j, a := range M.RawRowView(k) {
				to[j] += w * a
			}
		}
	}
}

func dot(a, b []float64) float64 {
	s := 0.0
	for j, v := range a {
		s += v * b[j]
	}
	return s
}

// Push implements Pusher.
func (o Linear) Push(dst, _, u *mat.Dense) error { forward(dst, o.M, u); return nil }

// Pull implements Puller.
func (o Linear) Pull(dst, _, v *mat.Dense) error { backward(dst, o.M, v); return nil }

// PseudoInverse implements PseudoInverter with Mᵀ(M Mᵀ)⁻¹. It errs if M was not
// of full row rank.
func (o Linear) PseudoInverse(dst, y *mat.Dense) error {
	if o.pinv == nil {
		return errors.New("the matrix has no right inverse: it is not of full row rank, or was not made by NewLinear")
	}
	n, _ := y.Dims()
	backward(dst, o.pinv, y)
	for k, v := range o.Offset {
		for i := range n {
			row := dst.RawRowView(i)
			for j, a := range o.pinv.RawRowView(k) {
				row[j] -= v * a
			}
		}
	}
	return nil
}

// Func is an operator given by Go functions of one row. Grad is what most
// guides need; Inverse alone suffices for PiGDM, and Tangent is for the
// iterative MMPS. Functions must be safe for concurrent use.
type Func struct {
	Dim, Out int
	F        func(dst, x []float64)    // A(x)
	Grad     func(dst, x, v []float64) // A'(x)ᵀ v
	Tangent  func(dst, x, u []float64) // A'(x) u
	Inverse  func(dst, y []float64)    // A⁺(y)
}

// Dims implements Operator.
func (o Func) Dims() (d, m int) { return o.Dim, o.Out }

func (o Func) check() error {
	if o.F == nil {
		return errors.New("the operator has no F")
	}
	return nil
}

// Apply implements Operator.
func (o Func) Apply(dst, x *mat.Dense) error {
	n, _ := x.Dims()
	for i := range n {
		o.F(dst.RawRowView(i), x.RawRowView(i))
	}
	return nil
}

// Pull implements Puller. It errs without Grad.
func (o Func) Pull(dst, x, v *mat.Dense) error {
	if o.Grad == nil {
		return errors.New("the operator has no Grad")
	}
	return o.each(dst, x, v, o.Grad)
}

// Push implements Pusher. It errs without Tangent.
func (o Func) Push(dst, x, u *mat.Dense) error {
	if o.Tangent == nil {
		return errors.New("the operator has no Tangent")
	}
	return o.each(dst, x, u, o.Tangent)
}

func (o Func) each(dst, x, v *mat.Dense, f func(dst, x, v []float64)) error {
	n, _ := x.Dims()
	for i := range n {
		f(dst.RawRowView(i), x.RawRowView(i), v.RawRowView(i))
	}
	return nil
}

// PseudoInverse implements PseudoInverter. It errs without Inverse.
func (o Func) PseudoInverse(dst, y *mat.Dense) error {
	if o.Inverse == nil {
		return errors.New("the operator has no Inverse")
	}
	n, _ := y.Dims()
	for i := range n {
		o.Inverse(dst.RawRowView(i), y.RawRowView(i))
	}
	return nil
}
