package main

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sample"
)

// filler draws missing cells.
type filler struct {
	*bundle
	method  sample.Method
	options func() *sample.Options
	dropout float64 // see nn.Given.Thinned
	seed    uint64
	workers int
}

// drawSeed is the seed of draw k.
func (f *filler) drawSeed(k int) uint64 { return f.seed + uint64(k)*0x9e3779b97f4a7c15 }

// fill stores draw k of the missing cells of c in dst, beside its known cells.
// Row i of c has index first+i in its table: what is drawn for it depends on the
// seed, k, that index and its known cells.
func (f *filler) fill(ctx context.Context, dst, c *datasets.Cells, first, k int) error {
	known := f.knowing(c, first, k)
	n := c.Rows()
	if known.count == 0 {
		dst.Resize(n)
		copyCells(dst, c)
		return nil
	}
	o := f.options()
	o.Seed, o.First, o.Workers = f.drawSeed(k), first, f.workers
	// The network works on whole blocks of its own: enough rows that those with
	// gaps fill one.
	o.Block = min(nn.Block*(1+(n-1)/known.count), n)
	r, err := sample.Run(ctx, known, f.method, n, o)
	if err != nil {
		return err
	}
	how := datasets.Decoding{Seed: o.Seed, FirstRow: uint64(first), NoMissing: true}
	if err := f.codec.Decode(dst, r.X, how); err != nil {
		return err
	}
	for i := range n {
		for j := range c.Metadata().Columns {
			if !c.Missing(i, j) {
				dst.Copy(i, j, c, i)
			}
		}
	}
	return nil
}

func copyCells(dst, c *datasets.Cells) {
	for i := range c.Rows() {
		for j := range c.Metadata().Columns {
			dst.Copy(i, j, c, i)
		}
	}
}

// knowing returns the model given what is known of the rows of c.
func (f *filler) knowing(c *datasets.Cells, first, k int) *filling {
	n, d := c.Rows(), f.codec.Dim()
	g := &filling{model: f.model, dropout: f.dropout, seed: f.drawSeed(k), first: first, known: mat.NewDense(n, d, nil), open: make([]bool, n)}
	one, seen := datasets.NewCells(c.Metadata(), 1), make([]bool, d)
	gaps := f.gaps()
	seeds := f.drawSeed(k)
	for i := range n {
		for j := range c.Metadata().Columns {
			one.Copy(0, j, c, i)
		}
		y := g.known.RawRowView(i)
		// A number is drawn within its cell by the row's index in the table.
		f.codec.Encode(mat.NewDense(1, d, y), one, nil, seeds^uint64(first+i)*0xd1342543de82ef95)
		f.codec.Observed(seen, one, 0)
		for j, known := range seen {
			if !known {
				y[j] = math.NaN()
			}
		}
		for _, gap := range gaps {
			if c.Missing(i, gap.column) {
				gap.tell(y)
				g.open[i] = true
			}
		}
		if g.open[i] {
			g.count++
		}
	}
	if len(f.model.Conds) > 0 {
		g.labels = mat.NewDense(n, len(f.model.Conds), nil)
		f.codec.EncodeConditions(g.labels, c, nil)
	}
	return g
}

// gap is a modelled column, and where its cells say that they are missing.
type gap struct {
	column      int
	flag, last  int // first position of the category, and that of missing; -1 without
	onlyPresent bool
}

// tell stores in y what is known of a missing cell: that there is a value.
func (g gap) tell(y []float64) {
	switch {
	case g.last < 0:
	case g.onlyPresent:
		y[g.flag], y[g.last] = 1, 0
	default:
		y[g.last] = 0
	}
}

// gaps are the columns that can be filled.
func (b *bundle) gaps() []gap {
	m := b.codec.Metadata()
	var list []gap
	for _, k := range b.blocks {
		j := slices.IndexFunc(m.Columns, func(f datasets.Field) bool { return f.Name == k.Column })
		if len(list) > 0 && list[len(list)-1].column == j {
			continue // the number after its flag
		}
		g := gap{column: j, flag: -1, last: -1}
		if f := &m.Columns[j]; f.Missing > 0 {
			g.flag, g.last = k.Start, k.Start+k.Len-1
			g.onlyPresent = k.Len == 2
		}
		list = append(list, g)
	}
	return list
}
