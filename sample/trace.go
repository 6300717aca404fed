package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// traced is the probability flow with d log p_u/dλ = p² d - α tr J as its last
// component, J = ∂D/∂x_t.
type traced struct {
	*flow
	trace *exactTrace
}

func (f *traced) keep(idx []int) {
	f.flow.keep(idx)
	f.trace.keep(idx)
}

func (f *traced) derivative(dst, u *mat.Dense, lambda []float64) error {
	f.place(u, lambda)
	pull, err := f.d.(sde.Differentiable).Linearize(f.m, f.x, f.t)
	if err != nil {
		return err
	}
	f.velocity(dst, u)
	w := f.x.RawMatrix().Cols
	tr, err := f.trace.of(pull)
	if err != nil {
		return err
	}
	for i, c := range f.sc {
		dst.Set(i, w, float64(w)*c.p*c.p-c.alpha*tr[i])
	}
	return nil
}

// exactTrace computes tr J_i by one pullback per dimension.
type exactTrace struct {
	v, jv *mat.Dense
	tr    []float64
}

func newExactTrace(n, d int) *exactTrace {
	return &exactTrace{mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), make([]float64, n)}
}

func (e *exactTrace) keep(idx []int) {
	resize(e.v, len(idx))
	resize(e.jv, len(idx))
	e.tr = e.tr[:len(idx)]
}

func (e *exactTrace) of(pull sde.Pullback) ([]float64, error) {
	clear(e.tr)
	n, d := e.v.Dims()
	for j := range d {
		for i := range n {
			v := e.v.RawRowView(i)
			clear(v)
			v[j] = 1
		}
		if err := pull(e.jv, e.v); err != nil {
			return nil, err
		}
		for i := range n {
			e.tr[i] += e.jv.At(i, j)
		}
	}
	return e.tr, nil
}
