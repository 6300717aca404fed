package spec

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/formula"
	"tweedie/nn"
	"tweedie/sde"
)

// Formula maps encoded rows to the values of formulas of their columns, in units of the
// table. It is differentiable in both directions, by the chain rule through the maps of
// the columns: with v = T(z), ∂f/∂z = T'(z) ∂f/∂v. The indicator species = Gentoo is the
// position of the level, from 0 to 1 (for a column with clusters, the product of
// those of the cluster and of the member). See nn.ParseExpression for what a formula is.
// It is safe for concurrent use, and allocates nothing once it has been called.
type Formula struct {
	codec    *datasets.Codec
	formulas []*formula.Formula
	expr     *nn.Expression
	columns  []string // of numbers, the first inputs
	numbers  []part   // where they stand
	levels   [][2]int // positions of the indicators, the other inputs; the second is -1 without clusters
	scratch  sync.Pool
}

var (
	_ sde.Operator = (*Formula)(nil)
	_ sde.Puller   = (*Formula)(nil)
	_ sde.Pusher   = (*Formula)(nil)
)

// NewFormula compiles formulas for rows encoded by c. It errs where a formula cannot be
// read, on columns that are not always numbers, on levels that have no position of their
// own, and where a value or its derivative is not finite at the center of the data, at
// which guided rows start.
func NewFormula(c *datasets.Codec, texts ...string) (*Formula, error) {
	if len(texts) == 0 {
		return nil, errors.New("a formula is missing")
	}
	names := tableNames(c)
	list, err := names.ParseAll(texts...)
	if err != nil {
		return nil, err
	}
	f := &Formula{codec: c}
	for k, name := range names.Vars {
		if slices.ContainsFunc(list, func(g *formula.Formula) bool { return g.Uses(k) }) {
			sum, err := NewColumnSum(c, map[string]float64{name: 1}) // refuses what is not always a number
			if err != nil {
				return nil, err
			}
			f.columns, f.numbers = append(f.columns, name), append(f.numbers, sum[0])
		}
	}
	names.Vars = f.columns // of a wide table few are used
	if f.formulas, err = names.ParseAll(texts...); err != nil {
		return nil, err
	}
	for _, in := range f.formulas[0].Indicators() {
		at, err := levelPositions(c, in)
		if err != nil {
			return nil, err
		}
		f.levels = append(f.levels, at)
	}
	if f.expr, err = nn.CompileFormulas(f.formulas...); err != nil {
		return nil, err
	}
	return f, f.checkCenter()
}

// tableNames are the columns that a formula can speak of.
func tableNames(c *datasets.Codec) formula.Names {
	n := formula.Names{Levels: map[string][]string{}}
	for i := range c.Metadata().Columns {
		f := &c.Metadata().Columns[i]
		switch {
		case f.IsNumber():
			n.Vars = append(n.Vars, f.Name)
		case f.HasLevels():
			for _, l := range f.Levels {
				n.Levels[f.Name] = append(n.Levels[f.Name], l.Name)
			}
		}
	}
	return n
}

// levelPositions are where the level of an indicator stands in an encoded row.
func levelPositions(c *datasets.Codec, in formula.Indicator) (at [2]int, err error) {
	f := c.Metadata().Field(in.Column)
	if f.Condition {
		return at, fmt.Errorf("column %q is a label that rows are given, and not modeled: give it by --given", in.Column)
	}
	k := slices.IndexFunc(f.Levels, func(l datasets.Level) bool { return l.Name == in.Level })
	if f.Levels[k].Grouped {
		return at, fmt.Errorf("level %q of column %q is rare and encoded with others: it has no indicator", in.Level, in.Column)
	}
	mark := make([]bool, c.Dim())
	c.Mark(mark, in.Column, k)
	at = [2]int{slices.Index(mark, true), -1}
	if more := slices.Index(mark[at[0]+1:], true); more >= 0 {
		at[1] = at[0] + 1 + more
	}
	return at, nil
}

// Dims implements sde.Operator: rows of c.Dim(), and one number for each formula.
func (f *Formula) Dims() (d, m int) { return f.codec.Dim(), len(f.formulas) }

// unitRows is memory for rows in units of the table.
type unitRows struct {
	mem                []float64
	value, slope, grad mat.Dense // rows × inputs; slope is of the numbers
}

// units returns the inputs of the rows of x, and the slopes of the numbers.
func (f *Formula) units(x *mat.Dense) *unitRows {
	s, _ := f.scratch.Get().(*unitRows)
	if s == nil {
		s = &unitRows{}
	}
	n, _ := x.Dims()
	k := len(f.numbers) + len(f.levels)
	if cap(s.mem) < 3*n*k {
		s.mem = make([]float64, 3*n*k)
	}
	for i, m := range []*mat.Dense{&s.value, &s.slope, &s.grad} {
		raw := m.RawMatrix()
		raw.Rows, raw.Cols, raw.Stride, raw.Data = n, k, k, s.mem[i*n*k:(i+1)*n*k]
		m.SetRawMatrix(raw)
	}
	for i := range n {
		row, v, slope := x.RawRowView(i), s.value.RawRowView(i), s.slope.RawRowView(i)
		for j := range f.numbers {
			p := &f.numbers[j]
			if v[j] = 0; p.levels == nil {
				v[j], slope[j] = f.codec.ToValue(p.number, row[p.number])
			}
			p.each(func(at int, level float64) { v[j] += float64(level * row[at]) })
		}
		for j, at := range f.levels {
			v[len(f.numbers)+j] = row[at[0]]
			if at[1] >= 0 {
				v[len(f.numbers)+j] *= row[at[1]]
			}
		}
	}
	return s
}

func (f *Formula) Apply(dst, x *mat.Dense) error {
	s := f.units(x)
	defer f.scratch.Put(s)
	return f.expr.Apply(dst, &s.value)
}

func (f *Formula) Pull(dst, x, v *mat.Dense) error {
	s := f.units(x)
	defer f.scratch.Put(s)
	if err := f.expr.Pull(&s.grad, &s.value, v); err != nil {
		return err
	}
	n, _ := x.Dims()
	for i := range n {
		to, row, g, slope := dst.RawRowView(i), x.RawRowView(i), s.grad.RawRowView(i), s.slope.RawRowView(i)
		clear(to)
		for j := range f.numbers {
			p := &f.numbers[j]
			if p.levels == nil {
				to[p.number] = g[j] * slope[j]
			}
			p.each(func(at int, level float64) { to[at] += g[j] * level })
		}
		for j, at := range f.levels {
			g := g[len(f.numbers)+j]
			if at[1] < 0 {
				to[at[0]] += g
				continue
			}
			to[at[0]] += g * row[at[1]]
			to[at[1]] += g * row[at[0]]
		}
	}
	return nil
}

func (f *Formula) Push(dst, x, u *mat.Dense) error {
	s := f.units(x)
	defer f.scratch.Put(s)
	n, _ := x.Dims()
	for i := range n {
		row, from, du, slope := x.RawRowView(i), u.RawRowView(i), s.grad.RawRowView(i), s.slope.RawRowView(i)
		for j := range f.numbers {
			p := &f.numbers[j]
			if du[j] = 0; p.levels == nil {
				du[j] = slope[j] * from[p.number]
			}
			p.each(func(at int, level float64) { du[j] += float64(level * from[at]) })
		}
		for j, at := range f.levels {
			d := from[at[0]]
			if at[1] >= 0 {
				d = from[at[0]]*row[at[1]] + row[at[0]]*from[at[1]]
			}
			du[len(f.numbers)+j] = d
		}
	}
	return f.expr.Push(dst, &s.value, &s.grad)
}

// sums returns the formulas as weighted sums of columns and their constants, if all are
// affine in encoded rows.
func (f *Formula) sums() (list []ColumnSum, offsets []float64, ok bool) {
	for _, g := range f.formulas {
		w, offset, affine := g.Affine()
		if !affine || len(f.levels) > 0 {
			return nil, nil, false
		}
		weights := map[string]float64{}
		for j, name := range f.columns {
			if w[j] != 0 {
				weights[name] = w[j]
			}
		}
		s, err := NewColumnSum(f.codec, weights)
		if err != nil {
			return nil, nil, false
		}
		if _, _, ok := s.affine(f.codec); !ok {
			return nil, nil, false
		}
		list, offsets = append(list, s), append(offsets, offset)
	}
	return list, offsets, true
}
