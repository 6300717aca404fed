package sbi

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// prune leaves groups out whose log Bayes factor (by the ratio of prior and posterior density
// at 0, Dickey 1971) is below that of the share of groups that are in, which is found too:
// the weakest ones at a time, and none of two that are alike. It reports whether any was.
func (e *evidence) prune() bool {
	gains, in := make([]float64, len(e.groups)), 0
	for k := range e.groups {
		if math.IsInf(e.lambda[k], 1) {
			continue
		}
		if gains[k] = e.gain(k); gains[k] > occam {
			in++
		}
	}
	share := min(max(float64(in), 0.5), float64(len(e.groups))-0.5) / float64(len(e.groups))
	threshold := occam*(1-share) + max(0, math.Log((1-share)/share))
	var weak []int
	for k, g := range gains {
		if !math.IsInf(e.lambda[k], 1) && g < threshold {
			weak = append(weak, k)
		}
	}
	slices.SortStableFunc(weak, func(a, b int) int { return cmp.Compare(gains[a], gains[b]) })
	var out []int
	for _, k := range weak {
		if len(out) > 2 && len(out) > len(weak)/2 {
			break
		}
		if !slices.ContainsFunc(out, func(o int) bool { return e.alike(k, o) }) {
			out = append(out, k)
		}
	}
	for _, k := range out {
		e.lambda[k] = math.Inf(1)
	}
	return len(out) > 0
}

// alike reports whether columns of two groups are correlated, so that one may gain when the
// other goes.
func (e *evidence) alike(a, b int) bool {
	for i := range e.groups[a].rough {
		for j := range e.groups[b].rough {
			p, q := e.groups[a].first+i, e.groups[b].first+j
			if c := e.g.At(p, q); c*c > 0.05*e.g.At(p, p)*e.g.At(q, q) {
				return true
			}
		}
	}
	return false
}

func (e *evidence) gain(k int) float64 {
	g := e.groups[k]
	n := len(g.rough)
	s, m := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	gain := 0.0
	for a := range n {
		i := e.place[g.first+a]
		m.SetVec(a, e.mu[i])
		gain += 0.5 * math.Log(e.lambda[k]*g.rough[a])
		for b := a; b < n; b++ {
			s.SetSym(a, b, e.sigma.At(i, e.place[g.first+b]))
		}
	}
	var ch mat.Cholesky
	if !ch.Factorize(s) {
		return 0
	}
	var w mat.VecDense
	if ch.SolveVecTo(&w, m) != nil {
		return 0
	}
	return gain + 0.5*ch.LogDet() + 0.5*mat.Dot(m, &w)
}

// occam is what a group must gain, in nats, for its precision being found, where few groups are in.
var occam = 1.0
