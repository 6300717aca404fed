package nn

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// conds are what is given of a batch: condition values, and values of some
// positions of the rows; none, one row for all, or one row per row of the batch.
type conds struct {
	values *mat.Dense
	known  *mat.Dense // NaN where a row is not given
	shared bool
	units  unitMask
	// features of an encoder of the values, one row for all or one per row; nil if not known.
	features []float32
}

// row returns the values of row i, nil for every null token.
func (c conds) row(i int) []float64 { return c.rowOf(c.values, i) }

// knownRow returns the given values of row i, nil when nothing is given.
func (c conds) knownRow(i int) []float64 { return c.rowOf(c.known, i) }

func (c conds) rowOf(m *mat.Dense, i int) []float64 {
	switch {
	case m == nil:
		return nil
	case c.shared:
		return m.RawRowView(0)
	}
	return m.RawRowView(i)
}

// feature returns those of row i, of a width.
func (c conds) feature(i, width int) []float32 {
	if len(c.features) == width {
		return c.features
	}
	return c.features[i*width : (i+1)*width]
}

func (c conds) rows() int {
	if c.values != nil {
		return c.values.RawMatrix().Rows
	}
	return c.known.RawMatrix().Rows
}

// Conditional is a model with labels, or values of some positions of its rows, bound:
// a denoiser of p(x_0 | labels, values).
type Conditional struct {
	model *Model
	cond  conds
}

var (
	_ sde.Differentiable = (*Conditional)(nil)
	_ sde.PerRow         = (*Conditional)(nil)
	_ sde.Conditional    = (*Conditional)(nil)
)

// Conditional binds conditions: labels, unless nil, has one column per condition
// (see Condition for its values), and behind them the inputs of the encoder (see Encoder)
// and the moments of a row (Config.RowMoments), if the model has them; values, unless nil, has the values of some positions
// of the rows, NaN where a row is not given. At those positions D is the value and
// x_t plays no role; elsewhere D is E[x_0 | x_t, values], for any choice of
// positions, as far as the model was trained with such choices (see losses.Masking).
// The features of an encoder are computed here, once: bind anew what is to follow other
// parameters. Both have one row for all rows of every batch, or one for each row of the batches
// that it will see; neither is copied, and neither must be modified.
//
// A category is given as a whole, or some of its levels are excluded, by 0 there
// and NaN at the others: its posterior is then that of the others, renormalized,
//
//	p_j ∝ [j not excluded] exp(ln π_j + α x_j/σ² + F_j),
//
// which is Bayes' rule for the event. The network itself is not told of it.
//
// It errs when both are nil, when a label is not given to a model that was trained with
// all of them in every row (Model.Err), when values are given to a model that was not made
// Conditional, for an infinite value, when all levels of a category are 0, and when
// one is given and others are not known.
func (m *Model) Conditional(labels, values *mat.Dense) (*Conditional, error) {
	if labels == nil && values == nil {
		return nil, fmt.Errorf("nn: nothing given")
	}
	g := &Conditional{m, conds{values: labels, known: values}}
	var err error
	n := g.cond.rows()
	g.cond.shared = n == 1
	if labels == nil {
		if err := m.Err(); err != nil {
			return nil, err
		}
	} else {
		for i := range n {
			row := labels.RawRowView(i)
			if err := m.checkLabels(row); err != nil {
				return nil, fmt.Errorf("row %d: %w", i, err)
			}
			if m.LabelsRequired && m.missing(row) {
				return nil, fmt.Errorf("row %d: %w", i, m.Err())
			}
		}
	}
	if g.cond, err = m.withFeatures(g.cond, nil); err != nil {
		return nil, err
	}
	if values == nil {
		return g, nil
	}
	if !m.Conditionable {
		return nil, fmt.Errorf("nn: the model was not made to be given values of its rows")
	}
	if r, d := values.Dims(); r != n || d != m.Net.Dim {
		panic("nn: size mismatch")
	}
	for i := range n {
		if err := m.checkKnown(values.RawRowView(i)); err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return g, nil
}

// checkLabels reports the first label of a row that the model cannot take.
func (m *Model) checkLabels(row []float64) error {
	k, own := len(m.Conds), len(row)-m.moments()
	if m.Net.Encoder.none() && !m.RowMoments {
		return checkConditions(m.Conds, row)
	}
	if m.Net.Encoder.none() && own != k || own < k {
		return fmt.Errorf("nn: %d labels for a model with %d: %d conditions, %d inputs of an encoder, %d moments", len(row), m.Labels(), k, m.Net.Encoder.inputs(), m.moments())
	}
	if err := checkConditions(m.Conds, row[:k]); err != nil {
		return err
	}
	if !m.Net.Encoder.none() {
		if err := m.checkEncoded(row[k:own]); err != nil {
			return err
		}
	}
	return checkMoments(row[own:])
}

// missing reports whether something of the labels is not given.
func (m *Model) missing(row []float64) bool {
	k, own := len(m.Conds), len(row)-m.moments()
	return slices.ContainsFunc(row[:k], math.IsNaN) || slices.ContainsFunc(row[own:], math.IsNaN) ||
		m.Net.Encoder.missing(row[k:own])
}

func (m *Model) checkKnown(y []float64) error {
	for _, p := range m.parts {
		unknown, other := 0, 0 // neither NaN nor 0
		for j := p.start; j < p.end; j++ {
			switch v := y[j]; {
			case math.IsInf(v, 0):
				return fmt.Errorf("nn: position %d is given as %v", j, v)
			case math.IsNaN(v):
				unknown++
			case v != 0:
				other++
			}
		}
		switch {
		case p.shares == nil:
		case unknown == 0 && other == 0:
			return fmt.Errorf("nn: all levels of the category at positions %d to %d are excluded", p.start, p.end-1)
		case unknown > 0 && other > 0:
			return fmt.Errorf("nn: the category at positions %d to %d is given in part: give it as a whole, or exclude levels by 0", p.start, p.end-1)
		}
	}
	return nil
}

// Model returns the model whose conditions are bound.
func (g *Conditional) Model() *Model { return g.model }

func (g *Conditional) Schedule() sde.Schedule { return g.model.Sched }
func (g *Conditional) Dim() int               { return g.model.Net.Dim }

// Moments are those of the model, unconditional, unless all rows share moments of their
// own (Config.RowMoments): then these.
func (g *Conditional) Moments() (mean, variance []float64) {
	if !g.model.RowMoments || g.cond.values == nil || !g.cond.shared {
		return g.model.Moments()
	}
	p := g.model.momentsOf(g.cond.row(0))
	return p.mean, p.variance
}

func (g *Conditional) check(x *mat.Dense) {
	if n, _ := x.Dims(); !g.cond.shared && n != g.cond.rows() || g.cond.units.share > 0 && n != len(g.cond.units.names) {
		panic("nn: a batch of another number of rows than its conditions; take Rows first")
	}
}

func (g *Conditional) Denoise(dst, x *mat.Dense, t []float64) error {
	g.check(x)
	return g.model.denoise(dst, x, t, g.cond)
}

func (g *Conditional) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	g.check(x)
	return g.model.linearize(mean, x, t, g.cond)
}

// Known implements sde.Conditional: the values of Conditional, of which those of
// excluded levels are 0.
func (g *Conditional) Known(dst *mat.Dense) {
	n, d := dst.Dims()
	for i := range n {
		row := dst.RawRowView(i)
		if y := g.cond.knownRow(i); y != nil {
			copy(row, y)
			continue
		}
		for j := range d {
			row[j] = math.NaN()
		}
	}
}

func (g *Conditional) Rows(idx []int) sde.Denoiser {
	c := g.cond
	if c.shared && c.units.share == 0 {
		return g
	}
	if c.units.share > 0 {
		c.units.names = make([]uint64, len(idx))
		for i, r := range idx {
			c.units.names[i] = g.cond.units.names[r]
		}
	}
	if !c.shared { // also for one row: it stands for that row only
		c.values, c.known = pick(c.values, idx), pick(c.known, idx)
		c.features = c.pickFeatures(idx, g.model.Net.Encoder.Out)
	}
	return &Conditional{g.model, c}
}

func (c conds) pickFeatures(idx []int, width int) []float32 {
	if len(c.features) == width {
		return c.features
	}
	var s []float32
	for _, i := range idx {
		s = append(s, c.feature(i, width)...)
	}
	return s
}

func pick(m *mat.Dense, idx []int) *mat.Dense {
	if m == nil {
		return nil
	}
	s := mat.NewDense(len(idx), m.RawMatrix().Cols, nil)
	for i, r := range idx {
		s.SetRow(i, m.RawRowView(r))
	}
	return s
}
