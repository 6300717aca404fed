package tabular

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/train"
)

// tableRows are rows of a table as a model sees them: numbers are drawn within
// their cells, anew in each pass over the table.
type tableRows struct {
	codec *datasets.Codec
	cells *datasets.Cells
	seed  uint64
}

var _ train.Rows = tableRows{}

func (r tableRows) Len() int {
	if r.cells == nil {
		return 0
	}
	return r.cells.Rows()
}

func (r tableRows) Read(x, c *mat.Dense, idx []int, pass uint64) {
	r.codec.Encode(x, r.cells, idx, stream.Seed(r.seed, "tabular/pass", pass))
	if c != nil {
		r.codec.EncodeConditions(c, r.cells, idx)
	}
}

// classRows are rows whose one label, or number, is what a classifier learns to tell.
type classRows struct {
	tableRows
	column int // of the label
}

func (r classRows) Read(x, c *mat.Dense, idx []int, pass uint64) {
	r.tableRows.Read(x, nil, idx, pass)
	if r.cells.Metadata().Columns[r.column].IsNumber() {
		for k, i := range idx {
			c.Set(k, 0, r.cells.Number(i, r.column))
		}
		return
	}
	for k, i := range idx {
		c.Set(k, 0, float64(r.cells.Level(i, r.column)))
	}
}

// moments are what a network has to know of encoded rows: mean and variance of
// each position, and the shares of the levels.
type moments struct {
	mean, variance []float64
	categories     []nn.Category
}

// maxMoments is the number of rows from which moments are estimated.
const maxMoments = 1 << 16

// momentsOf measures the rows, block by block. Positions without a value count
// as standard normal, which is what training fills them with.
func momentsOf(r tableRows) moments {
	d, n := r.codec.Dim(), min(r.Len(), maxMoments)
	s := moments{mean: make([]float64, d), variance: make([]float64, d)}
	sum, square, absent := make([]float64, d), make([]float64, d), make([]float64, d)
	idx, x := make([]int, nn.BlockRows), mat.NewDense(nn.BlockRows, d, nil)
	for first := 0; first < n; first += nn.BlockRows {
		rows := min(nn.BlockRows, n-first)
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

// masking is what training conditions rows on at random: whole columns, or of a
// column with a flag and a number, the flag first.
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

// zeroAbsent replaces positions without a value by 0.
func zeroAbsent(x *mat.Dense) {
	n, _ := x.Dims()
	for i := range n {
		row := x.RawRowView(i)
		for j, v := range row {
			if math.IsNaN(v) {
				row[j] = 0
			}
		}
	}
}
