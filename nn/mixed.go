package nn

import (
	"math"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/kernel"
)

// mixedError is the cost of rows with categories,
//
//	Σ_numbers w (y − r)²  −  Σ_categories Σ_j w_j ln softmax(y + r)_j,
//
// r and w being data of the shape of y. For a number they are target and
// weight; for a category, r is the part of the logits that is not the
// network's, and w is the weight of the row at its level and 0 elsewhere. The
// gradient with respect to y is 2 w (y − r) and (Σ_j w_j) softmax(y + r) − w.
//
// The forward pass leaves the gradient behind: the exponentials are the dear
// part, and are taken once.
func mixedError[T kernel.Float](m *memory[T], cats []Category, y, r, w *G.Node) (*G.Node, error) {
	dim := y.Shape()[1]
	parts, slope := partsOf(cats, dim), make([]T, y.Shape().TotalSize())
	run := func(in [][]T, out []T) {
		sum := 0.0
		for at := 0; at < len(slope); at += dim {
			for _, p := range parts {
				lo, hi := at+p.start, at+p.end
				if p.shares == nil {
					e, v := float64(in[0][lo])-float64(in[1][lo]), float64(in[2][lo])
					slope[lo] = T(2 * v * e)
					sum += float64(v * e * e)
					continue
				}
				sum += crossEntropyRow(slope[lo:hi], in[0][lo:hi], in[1][lo:hi], in[2][lo:hi])
			}
		}
		out[0] = T(sum)
	}
	grad := func(v [][]T, out []T) {
		for i, s := range slope {
			out[i] = v[3][0] * s
		}
	}
	return costOp(m, "mixedError", run, grad, y, r, w)
}

// crossEntropyRow returns −Σ_j w_j ln softmax(y + r)_j and stores its gradient.
func crossEntropyRow[T kernel.Float](slope, y, r, w []T) float64 {
	total, top := 0.0, math.Inf(-1)
	for j := range y {
		total += float64(w[j])
		top = max(top, float64(y[j])+float64(r[j]))
	}
	if total == 0 {
		clear(slope)
		return 0
	}
	sum, cost := 0.0, 0.0
	for j := range y {
		l := float64(y[j]) + float64(r[j]) - top
		cost -= float64(float64(w[j]) * l)
		e := math.Exp(l)
		slope[j] = T(e)
		sum += e
	}
	for j := range y {
		slope[j] = T(total*float64(slope[j])/sum) - w[j]
	}
	return cost + float64(total*math.Log(sum))
}
