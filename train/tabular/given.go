package tabular

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/suggest"
	"tweedie/sde"
)

// given is what all rows have: labels of the model, and columns of its rows.
type given struct {
	labels  []float64 // levels of the label columns, NaN where free
	known   []float64 // encoded row, NaN where free; nil when no column is given
	columns []int
	implied []int           // columns that are given by those, as the functions of the table say
	cells   *datasets.Cells // one row, with what is given
}

func (g *given) clone() *given {
	return &given{labels: slices.Clone(g.labels), known: slices.Clone(g.known), columns: slices.Clone(g.columns), implied: slices.Clone(g.implied), cells: g.cells.Subset([]int{0})}
}

// all are the columns that are given, by others too.
func (g *given) all() []int { return append(slices.Clone(g.columns), g.implied...) }

// imply completes what is given by the functions of the table: see datasets.Codec.Imply.
func (m *Model) imply(g *given) {
	if g.known == nil {
		return
	}
	known := make([]bool, len(m.codec.Metadata().Columns))
	for _, j := range g.all() {
		known[j] = true
	}
	was := slices.Clone(known)
	m.codec.Imply(g.known, g.cells, known, false)
	for j := range known {
		if known[j] && !was[j] {
			g.implied = append(g.implied, j)
		}
	}
}

// going tells which rows of the law of labels that keep tells go with given columns that follow
// from the labels.
func (m *Model) going(g *given, keep func(row []int) bool) func(row []int) bool {
	sets := make([]datasets.Values, len(g.labels))
	for j, name := range conditionNames(m.codec.Metadata()) {
		sets[j] = m.codec.Going(name, g.cells, g.columns)
	}
	return func(row []int) bool {
		for j, s := range sets {
			v := float64(row[j])
			if m.labels.isNumber(j) {
				v = m.labels.Values[j][row[j]]
			}
			if s != nil && math.IsNaN(g.labels[j]) && !slices.Contains(s, v) {
				return false
			}
		}
		return keep == nil || keep(row)
	}
}

// said are the columns whose values rows keep: those given that nothing else gives.
func (r *query) said() []int {
	return slices.DeleteFunc(slices.Clone(r.conditioned), func(j int) bool { return slices.Contains(r.given.implied, j) })
}

// resolveGiven encodes given values. With values set any model can be given columns,
// since the conditioning method puts them into the rows.
func (m *Model) resolveGiven(by map[string]string, values bool) (*given, error) {
	meta := m.codec.Metadata()
	g := &given{cells: datasets.NewCells(meta, 1)}
	g.labels = unknown(len(meta.Conditions()))
	for _, column := range slices.Sorted(maps.Keys(by)) {
		setting := fmt.Sprintf("%q", column+"="+by[column])
		if meta.Field(column) == nil {
			return nil, bad("given", "%s: no such column: %s", setting, suggest.Hint(column, m.Columns()))
		}
		if err := m.give(g, column, by[column], values); err != nil {
			return nil, bad("given", "%s: %w", setting, err)
		}
	}
	m.imply(g)
	return g, nil
}

// give adds a value to what is given.
func (m *Model) give(g *given, column, value string, values bool) error {
	meta := m.codec.Metadata()
	k := slices.IndexFunc(meta.Columns, func(f datasets.Field) bool { return f.Name == column })
	if label := slices.Index(conditionNames(meta), column); label >= 0 {
		if meta.Columns[k].IsNumber() {
			return m.giveNumber(g, k, label, value)
		}
		level, err := meta.Columns[k].LevelIndex(value)
		if err != nil {
			return m.wanted(k, value, err)
		}
		g.labels[label] = float64(level)
		g.columns = append(g.columns, k)
		return g.cells.SetText(0, column, value)
	}
	if err := m.noLatent(fmt.Sprintf("columns cannot be given: observe %s in a guide file, or train without latent", column)); err != nil {
		return err
	}
	if err := m.noStudent("columns cannot be given"); err != nil {
		return err
	}
	if g.known == nil {
		g.known = unknown(m.codec.Dim())
	}
	if meta.Columns[k].Type == datasets.TypeDateTime && g.cells.SetText(0, column, value) == nil {
		value = string(g.cells.AppendText(nil, 0, k)) // in the format of the column
	}
	if err := m.codec.EncodeCell(g.known, column, value); err != nil {
		return m.wanted(k, value, err)
	}
	if !m.net.Conditionable && !values {
		return fmt.Errorf("the model was trained without giving it columns: train it with a share of its rows given in part, or with the label column %s, or condition by replacement or repaint", column)
	}
	g.columns = append(g.columns, k)
	if err := g.cells.SetText(0, column, value); err != nil {
		return err
	}
	if meta.Columns[k].IsNumber() {
		return m.codec.Representable(column, g.cells.Number(0, k))
	}
	return nil
}

// wanted says what a column takes, when it is given something else.
func (m *Model) wanted(k int, value string, err error) error {
	f, one := &m.codec.Metadata().Columns[k], datasets.NewCells(m.codec.Metadata(), 1)
	switch {
	case f.HasLevels():
		return fmt.Errorf("%w (the column is %s, of %d levels)", err, f.Type, len(f.Levels))
	case f.LevelValues() != nil || f.Range == nil || one.SetText(0, f.Name, value) == nil: // the error is of another kind
		return err
	}
	text := func(v float64) string {
		one.SetNumber(0, k, v)
		return string(one.AppendText(nil, 0, k))
	}
	return fmt.Errorf("%s is no value of column %s, which is %s, from %s to %s: give one like these",
		suggest.Quote(value), suggest.Quote(f.Name), f.Type, text(f.Range.Min), text(f.Range.Max))
}

// ParseGiven reads COLUMN=VALUE settings. Names may hold the sign: the longest
// that is a column counts.
func (m *Model) ParseGiven(settings []string) (map[string]string, error) {
	meta, by := m.codec.Metadata(), map[string]string{}
	for _, s := range settings {
		at := -1
		for n, c := range s {
			if c == '=' && (at < 0 || meta.Field(s[:n]) != nil) {
				at = n
			}
		}
		if at < 0 {
			return nil, bad("given", "%q: give COLUMN=VALUE", s)
		}
		column, value := s[:at], s[at+1:]
		if v, again := by[column]; again && !sameCell(meta, column, v, value) {
			return nil, bad("given", "%q contradicts an earlier value given for %s", s, column)
		}
		by[column] = value
	}
	return by, nil
}

// sameCell tells whether two texts mean the same cell of a column.
func sameCell(m *datasets.Metadata, column, a, b string) bool {
	c, k := datasets.NewCells(m, 2), slices.IndexFunc(m.Columns, func(f datasets.Field) bool { return f.Name == column })
	if a == b || k < 0 || c.SetText(0, column, a) != nil || c.SetText(1, column, b) != nil {
		return a == b
	}
	return string(c.AppendText(nil, 0, k)) == string(c.AppendText(nil, 1, k))
}

// conditional is the network with what is given of its rows, from global index
// first on, at the network's own strength.
func (r *query) conditional(first int) (sde.Differentiable, error) {
	net := r.model.net
	switch {
	case len(r.labels) > 0 || len(r.known) > 1:
		return labeled{net, r.labels, first, r.known}, nil
	case len(r.known) == 1:
		return net.Conditional(nil, mat.NewDense(1, net.Dim(), r.known[0]))
	}
	return net, nil
}
