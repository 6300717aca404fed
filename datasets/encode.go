package datasets

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Encode stores the rows idx of c, all when idx is nil, in dst, len(idx)×Dim.
// Numbers are drawn uniformly within their cell, as a function of (seed, row
// of c, column): pass another seed in every epoch, the same for the same
// result.
//
// NaN stands for what has no value: the number of an atom or of a missing
// cell, and the whole block of a cell that is missing in a column that had no
// missing cells when e was fitted. Its weight in a loss is 0.
//
// c may have been read with the metadata before Fit. It panics on a size
// mismatch.
func (e *Codec) Encode(dst *mat.Dense, c *Cells, idx []int, seed uint64) {
	e.EncodePart(dst, c, idx, seed, 0)
}

// EncodePart is Encode for cells whose first row has index first in the table that they are
// a part of: a row has the same numbers in the part as in the table.
func (e *Codec) EncodePart(dst *mat.Dense, c *Cells, idx []int, seed uint64, first int) {
	n := c.rows
	if idx != nil {
		n = len(idx)
	}
	checkDims(dst, n, e.dim)
	if len(c.columns) != len(e.meta.Columns) {
		panic("datasets: cells of another table")
	}
	key, source := stream.NewKey(seed, "datasets/dequantise"), stream.NewSource(stream.Key{})
	uniform := source.Float64
	for r := range n {
		i := r
		if idx != nil {
			i = idx[r]
		}
		source.Seek(key.At(uint64(first + i)))
		row := dst.RawRowView(r)
		for k := range e.columns {
			p := &e.columns[k]
			p.column.encode(p, row, c, i, uniform)
		}
	}
}

// hot sets the category block, or both, to an item, or to NaN for -1.
func (p *codecColumn) hot(row []float64, at int) {
	block := row[p.category : p.category+p.levels]
	for k := range block {
		block[k] = 0
		if at < 0 {
			block[k] = math.NaN()
		}
	}
	if at < 0 {
		return
	}
	first, second := p.at(at)
	row[first] = 1
	if second >= 0 {
		row[second] = 1
	}
}

// at returns the positions that are 1 for an item, the second -1 without clusters.
func (p *codecColumn) at(item int) (first, second int) {
	if p.clusters == nil {
		return p.category + item, -1
	}
	pair := p.clusters.pair[item]
	return p.category + pair[0], p.category + p.clusters.firsts + pair[1]
}

// Observed stores in dst, of length Dim, which positions of row i of c are
// known: not those of a missing cell, which imputation is to fill, and not the
// number of an atom, which has no meaning.
func (e *Codec) Observed(dst []bool, c *Cells, i int) {
	if len(dst) != e.dim {
		panic("datasets: size mismatch")
	}
	for k := range e.columns {
		p := &e.columns[k]
		known := !c.Missing(i, p.index)
		if p.category >= 0 {
			for l := range p.levels {
				dst[p.category+l] = known
			}
		}
		if p.number >= 0 {
			dst[p.number] = known && !p.field.IsLevel(c.Number(i, p.index))
		}
	}
}

// LogDet stores, for each encoded row of z, the sum of ln |dx/dz| over the
// numbers that are not NaN. The density of the numbers x, dequantized and in
// the units of the table, is
//
//	ln p(x) = ln p(z) - LogDet.
//
// It is -Inf where a column without decimals repeats a value: there p(x) is
// not a density.
func (e *Codec) LogDet(dst []float64, z *mat.Dense) {
	n, _ := z.Dims()
	checkDims(z, n, e.dim)
	if len(dst) != n {
		panic("datasets: size mismatch")
	}
	for i := range n {
		sum, row := 0.0, z.RawRowView(i)
		for k := range e.columns {
			if p := &e.columns[k]; p.number >= 0 && !math.IsNaN(row[p.number]) {
				_, slope := p.backward(row[p.number])
				sum += slope
			}
		}
		dst[i] = sum
	}
}

func checkDims(m *mat.Dense, n, d int) {
	if r, c := m.Dims(); r != n || c != d {
		panic("datasets: size mismatch")
	}
}
