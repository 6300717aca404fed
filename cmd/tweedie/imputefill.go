package main

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// filler draws missing cells.
type filler struct {
	*bundle
	method  sample.Method
	options func() *sample.Options
	seed    uint64
	workers int
}

// drawSeed is the seed of draw k.
func (f *filler) drawSeed(k int) uint64 { return f.seed + uint64(k)*0x9e3779b97f4a7c15 }

// fill stores draw k of the missing cells of c in dst, beside its known cells.
// Row i of c has index first+i in its table: what is drawn for it depends on the
// seed, k, that index and its known cells.
func (f *filler) fill(ctx context.Context, dst, c *datasets.Cells, first, k int) error {
	given := f.given(c, first, k)
	n := c.Rows()
	if given.count == 0 {
		dst.Resize(n)
		copyCells(dst, c)
		return nil
	}
	o := f.options()
	o.Seed, o.First, o.Workers = f.drawSeed(k), first, f.workers
	// The network works on whole blocks of its own: enough rows that those with
	// gaps fill one.
	o.Block = min(nn.Block*(1+(n-1)/given.count), n)
	r, err := sample.Run(ctx, given, f.method, n, o)
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

// given returns the model given what is known of the rows of c.
func (f *filler) given(c *datasets.Cells, first, k int) *filling {
	n, d := c.Rows(), f.codec.Dim()
	g := &filling{model: f.model, known: mat.NewDense(n, d, nil), open: make([]bool, n)}
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

// filling is a model given the known cells of rows. Rows without a gap cost it
// nothing.
type filling struct {
	model  *nn.Model
	known  *mat.Dense // NaN where a row is not
	labels *mat.Dense // nil for a model without conditions
	open   []bool     // rows with a gap
	count  int        // of them
}

var _ sde.PerRow = (*filling)(nil)

// Schedule implements sde.Denoiser.
func (d *filling) Schedule() sde.Schedule { return d.model.Schedule() }

// Dim implements sde.Denoiser.
func (d *filling) Dim() int { return d.model.Dim() }

// Moments are those of the model, unconditional.
func (d *filling) Moments() (mean, variance []float64) { return d.model.Moments() }

// Rows implements sde.PerRow.
func (d *filling) Rows(idx []int) sde.Denoiser {
	r := &filled{filling: d, idx: slices.Clone(idx)}
	for i, row := range idx {
		if d.open[row] {
			r.at = append(r.at, i)
		}
	}
	if len(r.at) == 0 {
		return r
	}
	y := mat.NewDense(len(r.at), d.Dim(), nil)
	var c *mat.Dense
	if d.labels != nil {
		c = mat.NewDense(len(r.at), d.labels.RawMatrix().Cols, nil)
	}
	for i, k := range r.at {
		y.SetRow(i, d.known.RawRowView(idx[k]))
		if c != nil {
			c.SetRow(i, d.labels.RawRowView(idx[k]))
		}
	}
	g, err := d.model.Knowing(c, y)
	if err != nil {
		panic("tweedie: " + err.Error()) // the codec gives whole categories
	}
	r.given = g
	return r
}

// Denoise implements sde.Denoiser.
func (d *filling) Denoise(dst, x *mat.Dense, t []float64) error {
	idx := make([]int, len(d.open))
	for i := range idx {
		idx[i] = i
	}
	return d.Rows(idx).Denoise(dst, x, t)
}

// filled is a filling restricted to some of its rows.
type filled struct {
	*filling
	idx   []int
	at    []int     // those of idx with a gap
	given *nn.Given // of those
}

// Rows implements sde.PerRow.
func (d *filled) Rows(idx []int) sde.Denoiser {
	all := make([]int, len(idx))
	for i, k := range idx {
		all[i] = d.idx[k]
	}
	return d.filling.Rows(all)
}

// Denoise implements sde.Denoiser: a row without a gap is what it is.
func (d *filled) Denoise(dst, x *mat.Dense, t []float64) error {
	if n, _ := x.Dims(); n != len(d.idx) {
		panic("tweedie: size mismatch")
	}
	if len(d.at) == len(d.idx) {
		return d.given.Denoise(dst, x, t)
	}
	for i, k := range d.idx {
		for j, v := range d.known.RawRowView(k) {
			if math.IsNaN(v) {
				v = 0 // the number of an atom, which has no meaning
			}
			dst.Set(i, j, v)
		}
	}
	if len(d.at) == 0 {
		return nil
	}
	in, out := mat.NewDense(len(d.at), d.Dim(), nil), mat.NewDense(len(d.at), d.Dim(), nil)
	times := t
	if len(t) > 1 {
		times = make([]float64, len(d.at))
	}
	for i, k := range d.at {
		in.SetRow(i, x.RawRowView(k))
		if len(t) > 1 {
			times[i] = t[k]
		}
	}
	if err := d.given.Denoise(out, in, times); err != nil {
		return err
	}
	for i, k := range d.at {
		dst.SetRow(k, out.RawRowView(i))
	}
	return nil
}

// consensus stores in c the cells that draws agree on best: the median of
// numbers, of an even number of draws the middle one that is nearer to their
// mean, and the most frequent level, of several the first. It is always one of
// the draws, with the digits of its column.
func consensus(c *datasets.Cells, draws []*datasets.Cells) {
	m := c.Metadata()
	type drawn struct {
		v  float64
		of *datasets.Cells
	}
	values := make([]drawn, len(draws))
	for j := range m.Columns {
		for i := range c.Rows() {
			if !c.Missing(i, j) {
				continue
			}
			isNumber := true
			for k, d := range draws {
				values[k] = drawn{of: d}
				if len(m.Columns[j].Levels) > 0 {
					values[k].v, isNumber = float64(d.Level(i, j)), false
				} else {
					values[k].v = d.Number(i, j)
				}
			}
			slices.SortStableFunc(values, func(a, b drawn) int { return cmp.Compare(a.v, b.v) })
			best := 0
			if isNumber {
				best = middle(len(values), func(k int) float64 { return values[k].v })
			} else {
				best = mostFrequent(len(values), func(k int) float64 { return values[k].v })
			}
			c.Copy(i, j, values[best].of, i)
		}
	}
}

// middle returns which of n increasing numbers is their median.
func middle(n int, at func(int) float64) int {
	if n%2 == 1 {
		return n / 2
	}
	mean := 0.0
	for k := range n {
		mean += at(k) / float64(n)
	}
	if mean-at(n/2-1) <= at(n/2)-mean {
		return n/2 - 1
	}
	return n / 2
}

// mostFrequent returns where the longest run of n numbers in order begins.
func mostFrequent(n int, at func(int) float64) int {
	best, most, start := 0, 0, 0
	for k := range n {
		if at(k) != at(start) {
			start = k
		}
		if k-start+1 > most {
			best, most = start, k-start+1
		}
	}
	return best
}
