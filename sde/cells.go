package sde

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// cell is one coordinate of a row given x_t: its posterior mean, the derivative of that
// in x_t, the score, and the log density.
type cell struct{ mean, gain, score, logp float64 }

// cells are the laws whose coordinates are independent.
type cells interface {
	Dim() int
	// each calls f for every element of x with its cell.
	each(x *mat.Dense, t []float64, f func(i, j int, k cell))
}

func denoiseCells(l cells, dst, x *mat.Dense, t []float64) {
	checkBatch(dst, x, t, l.Dim())
	l.each(x, t, func(i, j int, k cell) { dst.Set(i, j, k.mean) })
}

// linearizeCells returns a pullback that keeps the derivatives.
func linearizeCells(l cells, mean, x *mat.Dense, t []float64) Pullback {
	n := checkBatch(mean, x, t, l.Dim())
	gain := mat.NewDense(n, l.Dim(), nil)
	l.each(x, t, func(i, j int, k cell) { mean.Set(i, j, k.mean); gain.Set(i, j, k.gain) })
	return func(dst, v *mat.Dense) error {
		if checkBatch(dst, v, t, l.Dim()) != n {
			panic(badSize)
		}
		dst.MulElem(gain, v)
		return nil
	}
}

func scoreCells(l cells, dst, x *mat.Dense, t []float64) {
	checkBatch(dst, x, t, l.Dim())
	l.each(x, t, func(i, j int, k cell) { dst.Set(i, j, k.score) })
}

// logProbCells stores base plus the log densities of the coordinates.
func logProbCells(l cells, dst []float64, x *mat.Dense, t []float64, base float64) {
	checkRows(dst, x, t, l.Dim())
	for i := range dst {
		dst[i] = base
	}
	l.each(x, t, func(i, _ int, k cell) { dst[i] += k.logp })
}

// sampleRows fills each row of dst by draw from the stream of its index.
func sampleRows(dst *mat.Dense, dim int, seed uint64, name string, first int, draw func(row []float64, src *stream.Source)) {
	n, d := dst.Dims()
	if d != dim {
		panic(badSize)
	}
	key := stream.NewKey(seed, name)
	src := stream.NewSource(key)
	for i := range n {
		src.Seek(key.At(uint64(first + i)))
		draw(dst.RawRowView(i), src)
	}
}
