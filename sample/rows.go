package sample

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

func scale(x *mat.Dense, a float64) {
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		for j := range row {
			row[j] *= a
		}
	}
}

func combine(dst *mat.Dense, a float64, x *mat.Dense, b float64, m *mat.Dense) {
	n, _ := dst.Dims()
	for i := range n {
		di, xi, mi := dst.RawRowView(i), x.RawRowView(i), m.RawRowView(i)
		for j := range di {
			di[j] = a*xi[j] + b*mi[j]
		}
	}
}

func accumulate(dst *mat.Dense, c float64, z *mat.Dense) {
	n, _ := dst.Dims()
	for i := range n {
		numeric.Axpy(dst.RawRowView(i), c, z.RawRowView(i))
	}
}

// extrapolate sets dst = a x + b m + c p.
func extrapolate(dst *mat.Dense, a float64, x *mat.Dense, b float64, m *mat.Dense, c float64, p *mat.Dense) {
	if c == 0 {
		combine(dst, a, x, b, m)
		return
	}
	n, d := dst.Dims()
	for i := range n {
		di, xi, mi, pi := dst.RawRowView(i), x.RawRowView(i)[:d], m.RawRowView(i)[:d], p.RawRowView(i)[:d]
		for j := range di {
			v := a*xi[j] + b*mi[j]
			di[j] = v + float64(c*pi[j])
		}
	}
}

// addNoise adds sd times the normals of an interval to x, row by row where the noise draws rows: then they
// stay in the cache. buf is memory.
func addNoise(x *mat.Dense, sd float64, z sde.Noise, buf *mat.Dense, t, s float64) {
	r, ok := z.(interface {
		Row(dst []float64, i int, t, s float64, use int)
	})
	if !ok {
		z.Normal(buf, t, s, 0)
		accumulate(x, sd, buf)
		return
	}
	n, _ := x.Dims()
	row := buf.RawRowView(0)
	for i := range n {
		r.Row(row, i, t, s, 0)
		numeric.Axpy(x.RawRowView(i), sd, row)
	}
}

// gatherRows stores row idx[i] of src in row i of dst, a different matrix.
func gatherRows(dst, src *mat.Dense, idx []int) {
	for i, k := range idx {
		copy(dst.RawRowView(i), src.RawRowView(k))
	}
}

// rowOf returns row i of m, or its only row.
func rowOf(m *mat.Dense, i int) []float64 {
	if n, _ := m.Dims(); n == 1 {
		i = 0
	}
	return m.RawRowView(i)
}

// resize makes m, no view, rows tall, at most as tall as it was made.
func resize(m *mat.Dense, rows int) {
	raw := m.RawMatrix()
	raw.Rows = rows
	raw.Data = raw.Data[:rows*raw.Stride]
	m.SetRawMatrix(raw)
}

type rowError struct {
	row int // in the block
	err error
}

func (e *rowError) Error() string { return fmt.Sprintf("row %d of the block: %v", e.row, e.err) }
func (e *rowError) Unwrap() error { return e.err }

// whereabouts names the rows of a run that err is about, and returns it without that part.
func whereabouts(err error, first, rows int) (string, error) {
	if e, ok := errors.AsType[*rowError](err); ok {
		return fmt.Sprintf("row %d", first+e.row), e.err
	}
	return fmt.Sprintf("rows %d to %d", first, first+rows-1), err
}
