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
	parts, slope, below := partsOf(cats, dim), make([]T, y.Shape().TotalSize()), make([]T, dim)
	run := func(in [][]T, out []T) {
		sum := 0.0
		for at := 0; at < len(slope); at += dim {
			end := at + dim
			sum += mixedRow(parts, slope[at:end], in[0][at:end], in[1][at:end], in[2][at:end], below)
		}
		out[0] = T(sum)
	}
	grad := func(v [][]T, out []T) {
		if v[3][0] == 1 { // the seed of every gradient
			copy(out, slope)
			return
		}
		for i, s := range slope {
			out[i] = v[3][0] * s
		}
	}
	return costOp(m, "mixedError", run, grad, y, r, w)
}

// mixedRow returns the cost of a row and stores its gradient. below is memory for a row.
func mixedRow[T kernel.Float](parts []part, slope, y, r, w, below []T) float64 {
	cost := 0.0
	for _, p := range parts {
		lo, hi := p.start, p.end
		if p.shares != nil {
			cost += linearPart(slope[lo:hi], y[lo:hi], r[lo:hi], w[lo:hi], below[lo:hi])
			continue
		}
		e, v := float64(y[lo])-float64(r[lo]), float64(w[lo])
		slope[lo] = T(2 * v * e)
		cost += float64(v * e * e)
	}
	kernel.ExpMinus(below, below) // of numbers too, which nobody reads: one call is cheaper than one for each category
	for _, p := range parts {
		if p.shares != nil {
			cost += logPart(slope[p.start:p.end], w[p.start:p.end], below[p.start:p.end])
		}
	}
	return cost
}

// linearPart returns Σ_j w_j b_j with b_j = max(l) − l_j, l = y + r, and stores b, and
// Σ_j w_j in every element of slope.
func linearPart[T kernel.Float](slope, y, r, w, b []T) float64 {
	total, cost, top := T(0), 0.0, T(math.Inf(-1))
	for j, v := range w {
		total += v
		u := y[j] + r[j]
		if b[j] = u; u > top { // a branch is faster than max
			top = u
		}
	}
	if total == 0 { // a category that is given
		clear(slope)
		return 0
	}
	for j, v := range w {
		slope[j], b[j] = total, top-b[j]
		if v != 0 {
			cost += float64(float64(v) * float64(b[j]))
		}
	}
	return cost
}

// logPart returns Σ_j w_j ln Σ_j e_j and stores the gradient of the cross-entropy.
func logPart[T kernel.Float](slope, w, e []T) float64 {
	total := float64(slope[0])
	if total == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range e {
		sum += float64(v)
	}
	part := T(total / sum)
	for j, v := range e {
		slope[j] = T(part*v) - w[j]
	}
	return total * math.Log(sum)
}
