package sde

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Conditional is a Denoiser that knows the values of some coordinates of its
// rows, without error: every draw of its law has them. Samplers leave them with
// the noise of the last time, so that whoever finishes rows puts them in.
type Conditional interface {
	Denoiser
	// Known stores the known values of each row in dst, n×Dim, and NaN where a
	// row is free. n is the number of rows that the denoiser stands for, or any
	// number if it is no PerRow.
	Known(dst *mat.Dense)
}

// KnownValues stores in dst the values that d, or what it wraps, knows of its rows,
// and NaN where it knows none.
func KnownValues(dst *mat.Dense, d Denoiser) {
	if c, ok := As[Conditional](d); ok {
		c.Known(dst)
		return
	}
	for i := range dst.RawMatrix().Rows {
		row := dst.RawRowView(i)
		for j := range row {
			row[j] = math.NaN()
		}
	}
}

// SetKnown puts the values that d, or what it wraps, knows of its rows into the
// rows of x.
func SetKnown(x *mat.Dense, d Denoiser) {
	c, ok := As[Conditional](d)
	if !ok {
		return
	}
	n, w := x.Dims()
	known := mat.NewDense(n, w, nil)
	c.Known(known)
	for i := range n {
		row := x.RawRowView(i)
		for j, v := range known.RawRowView(i) {
			if !math.IsNaN(v) {
				row[j] = v
			}
		}
	}
}
