package sample

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Probe says how a trace is found.
type Probe int

const (
	// ExactTrace takes one pullback per dimension.
	ExactTrace Probe = iota
	// RademacherProbe estimates tr J by vᵀJv with independent signs v, of variance
	// 2 Σ_{i≠j} S_ij², S the symmetric part of J: none for a diagonal J.
	RademacherProbe
	// GaussianProbe estimates it with standard normal v, of variance 2 Σ_ij S_ij².
	GaussianProbe
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
		if kind == RademacherProbe {
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
