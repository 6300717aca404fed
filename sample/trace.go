package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// traced is the flow with estimates of d log p_u/dλ = p² d - α tr ∂D/∂x_t as further components.
type traced struct {
	*flow
	trace tracer
}

// tracer finds the traces of the Jacobians of a batch.
type tracer interface {
	// estimates is the number of traces found for each row.
	estimates() int
	// of stores the estimates of row i in the last columns of row i of dst.
	of(dst *mat.Dense, pull sde.Pullback) error
	keep(idx []int) // as in field
}

func newTraced(d sde.Denoiser, n int, tr tracer) *traced { return &traced{newFlow(d, n), tr} }

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
	if err := f.trace.of(dst, pull); err != nil {
		return err
	}
	w := f.x.RawMatrix().Cols
	for i, c := range f.sc {
		for j, v := range dst.RawRowView(i)[w:] {
			dst.Set(i, w+j, float64(w)*c.p*c.p-c.alpha*v)
		}
	}
	return nil
}

// exactTrace computes tr J_i by one pullback per dimension.
type exactTrace struct{ v, jv *mat.Dense }

func newExactTrace(n, d int) *exactTrace {
	return &exactTrace{mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)}
}

func (e *exactTrace) estimates() int { return 1 }

func (e *exactTrace) keep(idx []int) {
	resize(e.v, len(idx))
	resize(e.jv, len(idx))
}

// of implements tracer: the estimate is the last column of dst.
func (e *exactTrace) of(dst *mat.Dense, pull sde.Pullback) error {
	n, d := e.v.Dims()
	for i := range n {
		dst.Set(i, d, 0)
	}
	for j := range d {
		for i := range n {
			v := e.v.RawRowView(i)
			clear(v)
			v[j] = 1
		}
		if err := pull(e.jv, e.v); err != nil {
			return err
		}
		for i := range n {
			dst.Set(i, d, dst.At(i, d)+e.jv.At(i, j))
		}
	}
	return nil
}
