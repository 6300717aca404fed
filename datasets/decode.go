package datasets

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Decoding says how encoded rows become cells. The zero value is the default.
type Decoding struct {
	// Seed and FirstRow, the index of the first of the rows, decide which of
	// the grouped levels a row gets.
	Seed     uint64
	FirstRow uint64
	// NoMissing gives missing cells the most likely value instead, as
	// imputation must.
	NoMissing bool
}

// Decode stores in dst, which is resized, the cells of the encoded rows z,
// n×Dim. A Category block becomes the level of its largest number, the first
// of equals: draw levels from probabilities before, as 0 and 1, if they are to
// be drawn. Of a cluster (see Code) only the members that it has are compared. A grouped level is drawn among the group by frequency. Numbers are
// rounded to the digits of their column and clipped to its range, and ignored
// (NaN too) where the block before says atom or missing.
//
// It errs when a number that is needed, or a whole Category block, is not
// finite. dst must have the metadata of e, or that from which e was fitted.
func (e *Codec) Decode(dst *Cells, z *mat.Dense, o Decoding) error {
	n, _ := z.Dims()
	checkDims(z, n, e.dim)
	if len(dst.columns) != len(e.meta.Columns) {
		panic("datasets: cells of another table")
	}
	dst.Resize(n)
	key, source := stream.NewKey(o.Seed, "datasets/group"), stream.NewSource(stream.Key{})
	for i := range n {
		row := z.RawRowView(i)
		for k := range e.columns {
			p := &e.columns[k]
			at, err := p.level(row, o.NoMissing)
			if err == nil && p.number >= 0 {
				err = p.decodeNumber(dst, i, at, row[p.number])
			}
			if err != nil {
				return err
			}
			if p.number >= 0 || at == p.missing {
				continue
			}
			level := p.first[at]
			if level < 0 {
				source.Seek(key.At(o.FirstRow + uint64(i)).At(uint64(p.index)))
				u := source.Float64() * p.shares[len(p.shares)-1]
				level = p.group[min(sort.SearchFloat64s(p.shares, u), len(p.group)-1)]
			}
			dst.SetLevel(i, p.index, level)
		}
	}
	return nil
}

// level returns the item of the largest number of the category block, or of both,
// 0 without a block.
func (p *codecColumn) level(row []float64, noMissing bool) (int, error) {
	if p.category < 0 {
		return 0, nil
	}
	block, missing := row[p.category:p.category+p.levels], p.missing
	for _, v := range block {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, p.diverged(v)
		}
	}
	var members []float64
	if p.code != nil {
		block, members = block[:p.code.firsts], block[p.code.firsts:]
		if missing >= 0 {
			missing = p.code.firsts - 1
		}
	}
	best, most := -1, math.Inf(-1)
	for k, v := range block {
		if v > most && !(noMissing && k == missing && len(block) > 1) {
			best, most = k, v
		}
	}
	if p.code != nil {
		return p.code.decode(best, members), nil
	}
	return best, nil
}

// decodeNumber stores the number of a cell whose block before has its largest
// number at position at.
func (p *codecColumn) decodeNumber(dst *Cells, i, at int, z float64) error {
	switch {
	case p.category >= 0 && at == p.missing:
		return nil
	case at > 0:
		dst.SetNumber(i, p.index, p.field.Atoms[at-1].Value)
		return nil
	case math.IsNaN(z) || math.IsInf(z, 0):
		return p.diverged(z)
	}
	v := p.value(z)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return p.diverged(v)
	}
	dst.SetNumber(i, p.index, v)
	return nil
}

// value returns the value that z is decoded to: rounded, and clipped to the range
// of the column.
func (p *codecColumn) value(z float64) float64 {
	v := p.field.Map.backward(z, p.open)
	return min(max(p.format.round(v), p.clip.Min), p.clip.Max)
}

func (p *codecColumn) diverged(v float64) error {
	return &Error{Column: p.field.Name, Found: fmt.Sprintf("a generated value is %v", v), Remedy: "the model or its sampling has diverged"}
}
