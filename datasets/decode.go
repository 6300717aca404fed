package datasets

import (
	"fmt"
	"math"

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
// be drawn. Of a cluster (see Clustering) only the members that it has are compared. A grouped level is drawn among the group by frequency. Numbers are
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
	uniform := func(row, column int) float64 {
		source.Seek(key.At(o.FirstRow + uint64(row)).At(uint64(column)))
		return source.Float64()
	}
	for i := range n {
		row := z.RawRowView(i)
		for k := range e.columns {
			p := &e.columns[k]
			item, err := p.item(row, o.NoMissing)
			if err == nil {
				err = p.column.decode(p, dst, i, item, row, uniform)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// item returns the item that is largest in the category blocks, 0 without a block.
func (p *codecColumn) item(row []float64, noMissing bool) (int, error) {
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
	if p.clusters != nil {
		block, members = block[:p.clusters.firsts], block[p.clusters.firsts:]
		if missing >= 0 {
			missing = p.clusters.firsts - 1
		}
	}
	best, most := -1, math.Inf(-1)
	for k, v := range block {
		if v > most && !(noMissing && k == missing && len(block) > 1) {
			best, most = k, v
		}
	}
	if p.clusters != nil {
		return p.clusters.decode(best, members), nil
	}
	return best, nil
}

func (p *codecColumn) diverged(v float64) error {
	return &Error{Column: p.field.Name, Found: fmt.Sprintf("a generated value is %v", v), Remedy: "the model or its sampling has diverged"}
}
