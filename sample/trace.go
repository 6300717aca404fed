package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// traced is the probability flow with d log p_u/dλ = p² d - α tr J as the
// components after its state, J = ∂D/∂x_t: one for each estimate of the trace.
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

// Probe says how a trace is found.
type Probe int

// The probes.
const (
	// Exact takes one pullback per dimension.
	Exact Probe = iota
	// Rademacher estimates tr J by vᵀJv with independent signs v, of variance
	// 2 Σ_{i≠j} S_ij², S the symmetric part of J: none for a diagonal J.
	Rademacher
	// Normal estimates it with standard normal v, of variance 2 Σ_ij S_ij².
	Normal
)

// hutchinson estimates tr J_i by v_iᵀ J_i v_i with probes that are fixed for a
// solve (Hutchinson 1989; Grathwohl et al. 2019, arXiv:1810.01367).
type hutchinson struct {
	probes []*mat.Dense // of all rows
	who    []int        // the rows that are left
	v, jv  *mat.Dense
}

// newHutchinson draws the probes of the rows first, first+1, ….
func newHutchinson(kind Probe, probes, n, d int, seed uint64, first int) *hutchinson {
	h := &hutchinson{v: mat.NewDense(n, d, nil), jv: mat.NewDense(n, d, nil)}
	z := sde.NewStreams(seed, "sample/probe", first)
	for k := range probes {
		v := mat.NewDense(n, d, nil)
		z.Normal(v, 1, 1, k)
		if kind == Rademacher {
			v.Apply(func(_, _ int, z float64) float64 { return math.Copysign(1, z) }, v)
		}
		h.probes = append(h.probes, v)
	}
	return h
}

func (h *hutchinson) estimates() int { return len(h.probes) }

func (h *hutchinson) keep(idx []int) {
	h.who = append(h.who[:0], idx...)
	resize(h.v, len(idx))
	resize(h.jv, len(idx))
}

// of implements tracer: the estimates are the last columns of dst.
func (h *hutchinson) of(dst *mat.Dense, pull sde.Pullback) error {
	_, d := h.v.Dims()
	for k, probe := range h.probes {
		gatherRows(h.v, probe, h.who)
		if err := pull(h.jv, h.v); err != nil {
			return err
		}
		for i := range h.who {
			var s float64
			v := h.v.RawRowView(i)
			for j, jv := range h.jv.RawRowView(i) {
				s += v[j] * jv
			}
			dst.Set(i, d+k, s)
		}
	}
	return nil
}
