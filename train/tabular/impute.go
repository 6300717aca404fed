package tabular

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/imputation"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sample"
)

// Imputation says how missing cells are filled. The zero value, and a nil pointer,
// is one draw by the default sampler.
type Imputation struct {
	Draws int  // of each cell, tables to return; default 1, with Point 20
	Point bool // one table, of medians and most frequent levels of the draws
	// Dropout is the share of the hidden units left out, others for each draw and row
	// (MC dropout): what the network cannot know from few rows then differs between
	// draws. Default that of training, negative for none.
	Dropout  float64
	Sampler  sample.Sampler // default dpmpp2m-sde with 50 evaluations
	Seed     uint64
	Workers  int                      // 0 for one per core; changes no bit of any result
	Progress func(done, of int) error // rows of all draws, after each draw; its error ends the filling
}

// PointDraws is the default number of draws that Point takes the median of.
const PointDraws = 20

// Impute returns complete tables: the known cells as they were read, and each missing
// cell drawn from the model's law given the known cells of its row. Draw k of row i
// depends on the seed, k, i and the row's known cells alone. The table may be the one
// that the model was trained on.
//
// A level that training had not is missing in the result, since its metadata has no such
// level (Rewrite keeps it), and so are the gaps of a row with such a label; the row's other
// cells are filled without it. A number beyond the range that was seen stays, and counts as
// the end of the range for the other cells.
func (m *Model) Impute(ctx context.Context, table datasets.Source, o *Imputation) ([]*datasets.Cells, error) {
	c, err := datasets.ReadUnseen(table, m.codec.Metadata())
	if err != nil {
		return nil, err
	}
	if err := m.CheckLabels(c, table.Name(), 0); err != nil {
		return nil, err
	}
	f, err := m.NewImputer(o)
	if err != nil {
		return nil, err
	}
	return f.Fill(ctx, c, 0)
}

// Imputer fills missing cells of rows, block by block. Its settings have their defaults
// filled in, and must not be changed. Its methods may be called concurrently.
type Imputer struct {
	Imputation
	model  *Model
	method sample.Method
}

// NewImputer errs for settings that cannot be honored, and for a model that was
// trained without giving it parts of rows.
func (m *Model) NewImputer(o *Imputation) (*Imputer, error) {
	f := &Imputer{model: m}
	if o != nil {
		f.Imputation = *o
	}
	if err := m.noStudent("it cannot be given cells"); err != nil {
		return nil, err
	}
	if err := m.noLatent("it cannot be given cells; train without latent"); err != nil {
		return nil, err
	}
	if !m.net.Conditionable {
		return nil, fmt.Errorf("the model was trained without giving it parts of rows: train it with a share of them above 0")
	}
	set(&f.Dropout, m.dropout())
	f.Dropout = max(f.Dropout, 0)
	if f.Dropout >= 1 {
		return nil, bad("dropout", "is %v: give a share from 0 to below 1", f.Dropout)
	}
	if f.Point {
		set(&f.Draws, PointDraws)
	}
	set(&f.Draws, 1)
	if f.Draws < 1 {
		return nil, bad("draws", "is %d: give at least 1", f.Draws)
	}
	set(&f.Sampler.Name, tableSampler)
	if err := f.Sampler.Validate(); err != nil {
		return nil, err
	}
	var err error
	f.method, err = m.WithLevels(f.Sampler).Method(m.net.Schedule())
	return f, err
}

// Caveats say in which way the draws are approximate.
func (f *Imputer) Caveats() []string {
	if c, ok := f.method.(interface{ Caveats() []string }); ok {
		return c.Caveats()
	}
	return nil
}

// Fill returns complete copies of c, whose first row has index first in its table:
// one for each draw, or one with Point.
func (f *Imputer) Fill(ctx context.Context, c *datasets.Cells, first int) ([]*datasets.Cells, error) {
	draws := make([]*datasets.Cells, f.Draws)
	for k := range draws {
		draws[k] = datasets.NewCells(c.Metadata(), 0)
		if err := f.FillDraw(ctx, draws[k], c, first, k); err != nil {
			return nil, err
		}
		if f.Progress != nil {
			if err := f.Progress((k+1)*c.Rows(), f.Draws*c.Rows()); err != nil {
				return nil, err
			}
		}
	}
	if !f.Point {
		return draws, nil
	}
	full := imputation.Point(c, draws)
	f.follow(full, c, f.model.unseen(c), datasets.Decoding{Seed: f.Seed, FirstRow: uint64(first), NoMissing: true})
	return []*datasets.Cells{full}, nil
}

// drawSeed is the seed of draw k.
func (f *Imputer) drawSeed(k int) uint64 { return stream.Seed(f.Seed, "tabular/imputation", uint64(k)) }

// FillDraw stores draw k of the missing cells of c in dst, beside its known cells.
func (f *Imputer) FillDraw(ctx context.Context, dst, c *datasets.Cells, first, k int) error {
	d := f.conditional(c, first, k)
	n := c.Rows()
	if d.count == 0 {
		dst.Resize(n)
		copyCells(dst, c)
		return nil
	}
	o := f.Sampler.Options()
	o.Seed, o.First, o.Workers = f.drawSeed(k), first, f.Workers
	// The network works on whole blocks of its own: enough rows that those with
	// missing cells fill one.
	o.Block = min(nn.BlockRows*(1+(n-1)/d.count), n)
	r, err := sample.Run(ctx, d, f.method, n, o)
	if err != nil {
		return err
	}
	how := datasets.Decoding{Seed: o.Seed, FirstRow: uint64(first), NoMissing: true}
	if err := f.model.codec.Decode(dst, r.X, how); err != nil {
		return err
	}
	for i := range n {
		for j := range c.Metadata().Columns {
			if !c.Missing(i, j) || d.odd.has(i, j) || d.odd.without(i) {
				dst.Copy(i, j, c, i)
			}
		}
	}
	f.follow(dst, c, d.odd, how)
	return nil
}

// follow makes the filled cells of full follow from others, but those of rows with a level that
// training had not.
func (f *Imputer) follow(full, c *datasets.Cells, odd unseen, how datasets.Decoding) {
	f.model.codec.Follow(full, how, func(i, j int) bool { return c.Missing(i, j) && !odd.rows[i] })
}

func copyCells(dst, c *datasets.Cells) {
	for i := range c.Rows() {
		for j := range c.Metadata().Columns {
			dst.Copy(i, j, c, i)
		}
	}
}

// conditional returns the model given what is known of the rows of c.
func (f *Imputer) conditional(c *datasets.Cells, first, k int) *imputing {
	m := f.model
	n, d := c.Rows(), m.codec.Dim()
	g := &imputing{model: m.net, dropout: f.Dropout, seed: f.drawSeed(k), first: first, known: mat.NewDense(n, d, nil), open: make([]bool, n), odd: m.unseen(c)}
	one, seen := datasets.NewCells(c.Metadata(), 1), make([]bool, d)
	columns, has := m.imputable(), make([]bool, len(c.Metadata().Columns))
	for i := range n {
		for j := range c.Metadata().Columns {
			one.Copy(0, j, c, i)
		}
		m.withinRange(one)
		y := g.known.RawRowView(i)
		// A number is drawn within its cell by the row's index in the table.
		m.codec.Encode(mat.NewDense(1, d, y), one, nil, stream.Seed(g.seed, "tabular/known", uint64(first+i)))
		m.codec.Observed(seen, one, 0)
		for j, known := range seen {
			if !known {
				y[j] = math.NaN()
			}
		}
		for _, column := range columns {
			if c.Missing(i, column.index) {
				column.exclude(y)
				g.open[i] = g.open[i] || !g.odd.has(i, column.index) && !g.odd.without(i)
			}
		}
		if g.open[i] && !g.odd.rows[i] {
			for j := range has {
				has[j] = !one.Missing(0, j)
			}
			m.codec.Imply(y, one, has, true)
		}
		if g.open[i] {
			g.count++
		}
	}
	if len(m.net.Conds) > 0 {
		g.labels = mat.NewDense(n, len(m.net.Conds), nil)
		m.codec.EncodeConditions(g.labels, c, nil)
	}
	return g
}
