package sde

import "gonum.org/v1/gonum/mat"

// ClassScore knows log p(c|x_t) of an event c (a class, a value, a label for each
// row) that it is bound to, at every noise level. It is safe for concurrent use
// and treats rows independently.
type ClassScore interface {
	// LogProbGrad stores log p(c|x_t) of row i in logp[i], in nats, and its
	// gradient in x_t in row i of dst. t has one time for all rows, or n.
	LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error
}

// PerRowClassScore is a ClassScore with an event for each row. Rows returns its
// restriction to the rows idx, in that order.
type PerRowClassScore interface {
	ClassScore
	Rows(idx []int) ClassScore
}
