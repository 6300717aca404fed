package main

import (
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/train"
)

// tableRows are rows of a table as a model sees them: numbers are drawn within
// their cells, anew in each pass.
type tableRows struct {
	codec *datasets.Codec
	cells *datasets.Cells
	seed  uint64
}

var _ train.Rows = tableRows{}

// Len implements train.Rows.
func (r tableRows) Len() int {
	if r.cells == nil {
		return 0
	}
	return r.cells.Rows()
}

// Read implements train.Rows.
func (r tableRows) Read(x, c *mat.Dense, idx []int, pass uint64) {
	r.codec.Encode(x, r.cells, idx, r.seed+pass*0x9e3779b97f4a7c15)
	if c != nil {
		r.codec.EncodeConditions(c, r.cells, idx)
	}
}

// shape is what a network has to know of encoded rows.
type shape struct {
	mean, variance []float64
	categories     []nn.Category
}

// maxMoments is the number of rows from which moments are estimated.
const maxMoments = 1 << 16

// shapeOf measures the rows, block by block. Positions without a value count as
// standard normal, which is what training fills them with.
func shapeOf(r tableRows) shape {
	d, n := r.codec.Dim(), min(r.Len(), maxMoments)
	s := shape{mean: make([]float64, d), variance: make([]float64, d)}
	sum, square, absent := make([]float64, d), make([]float64, d), make([]float64, d)
	idx, x := make([]int, nn.Block), mat.NewDense(nn.Block, d, nil)
	for first := 0; first < n; first += nn.Block {
		rows := min(nn.Block, n-first)
		for i := range rows {
			idx[i] = (first + i) * (r.Len() / n)
		}
		r.codec.Encode(x.Slice(0, rows, 0, d).(*mat.Dense), r.cells, idx[:rows], r.seed)
		for i := range rows {
			for j, v := range x.RawRowView(i) {
				if math.IsNaN(v) {
					absent[j]++
				} else {
					sum[j] += v
					square[j] += v * v
				}
			}
		}
	}
	for j := range d {
		s.mean[j] = sum[j] / float64(n)
		s.variance[j] = (square[j]+absent[j])/float64(n) - s.mean[j]*s.mean[j]
	}
	for _, b := range r.codec.Blocks() {
		if b.Kind != datasets.Category {
			continue
		}
		s.categories = append(s.categories, nn.Category{Start: b.Start, Shares: b.Freq})
		for k, p := range b.Freq {
			s.mean[b.Start+k], s.variance[b.Start+k] = p, p*(1-p)
		}
	}
	return s
}

// masking is what training gives of the rows at random: whole columns, or of
// two parts, a flag and its number, the first.
func masking(e *datasets.Codec, share float64) losses.Masking {
	m := losses.Masking{Share: share}
	for _, c := range e.Spans() {
		var parts []losses.Positions
		for _, s := range c {
			parts = append(parts, losses.Positions{First: s[0], End: s[1]})
		}
		m.Columns = append(m.Columns, parts)
	}
	return m
}

// tableWriter writes encoded rows as rows of the table.
type tableWriter struct {
	codec *datasets.Codec
	cells *datasets.Cells
	w     datasets.CellWriter
	how   datasets.Decoding
}

// newTableWriter returns a writer of Parquet if path ends in .parquet, else of
// CSV, for rows from index first on.
func newTableWriter(w io.Writer, path string, e *datasets.Codec, first int, seed uint64) *tableWriter {
	t := &tableWriter{codec: e, cells: datasets.NewCells(e.Metadata(), 0), how: datasets.Decoding{Seed: seed, FirstRow: uint64(first)}}
	if strings.HasSuffix(strings.ToLower(path), ".parquet") {
		t.w = datasets.NewParquetCells(w, e.Metadata(), first)
	} else {
		t.w = datasets.NewCSVCells(w, e.Metadata(), first)
	}
	return t
}

// write decodes the next rows and writes those that keep tells, all when keep
// is nil. labels are the conditions of the rows, nil for a table without.
func (t *tableWriter) write(x, labels *mat.Dense, keep func(c *datasets.Cells) []int) error {
	if err := t.codec.Decode(t.cells, x, t.how); err != nil {
		return err
	}
	n, _ := x.Dims()
	t.how.FirstRow += uint64(n)
	if labels != nil {
		t.codec.SetConditions(t.cells, labels)
	}
	c := t.cells
	if keep != nil {
		if idx := keep(c); len(idx) < n {
			c = c.Subset(idx)
		}
	}
	if c.Rows() == 0 {
		return nil
	}
	return t.w.Write(c)
}

// finish writes all rows of a table.
func (t *tableWriter) finish(x, labels *mat.Dense) error {
	if err := t.write(x, labels, nil); err != nil {
		return err
	}
	return t.w.Close()
}

// encodeCells returns the rows and the conditions of cells as a model sees
// them, numbers in the middle of their cells' draws of the seed; positions
// without a value are 0. labels is nil for a table without conditions.
func encodeCells(e *datasets.Codec, c *datasets.Cells, seed uint64) (x, labels *mat.Dense) {
	n := c.Rows()
	x = mat.NewDense(n, e.Dim(), nil)
	e.Encode(x, c, nil, seed)
	if k := len(e.Metadata().Conditions()); k > 0 {
		labels = mat.NewDense(n, k, nil)
		e.EncodeConditions(labels, c, nil)
	}
	zeroAbsent(x)
	return x, labels
}

// conditions are the model's conditions for those of a table.
func conditions(m *datasets.Metadata) []nn.Condition {
	var cs []nn.Condition
	for _, f := range m.Conditions() {
		cs = append(cs, nn.Condition{Name: f.Name, Levels: len(f.Levels)})
	}
	return cs
}

// conditionNames are the names of the condition columns.
func conditionNames(m *datasets.Metadata) []string {
	var names []string
	for _, f := range m.Conditions() {
		names = append(names, f.Name)
	}
	return names
}

// hasCategories tells whether a model generates categories.
func (b *bundle) hasCategories() bool {
	return slices.ContainsFunc(b.blocks, func(k datasets.Block) bool { return k.Kind == datasets.Category })
}

// toUnits stores the numbers of encoded rows, all of whose positions are
// numbers, in units of the table.
func (b *bundle) toUnits(dst, x *mat.Dense) {
	n, d := x.Dims()
	for i := range n {
		for j := range d {
			v, _ := b.codec.ToValue(j, x.At(i, j))
			dst.Set(i, j, v)
		}
	}
}
