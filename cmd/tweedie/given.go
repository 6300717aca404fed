package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// given is what --given fixes: conditions of the model, and columns of its rows.
type given struct {
	conditions []float64 // NaN where there is none
	known      []float64 // encoded row, NaN where nothing is given; nil without
	columns    []int
	cells      *datasets.Cells // one row, with what is given
}

// parseGiven reads COLUMN=VALUE settings.
func (b *bundle) parseGiven(settings []string) (*given, error) {
	m := b.codec.Metadata()
	g := &given{cells: datasets.NewCells(m, 1)}
	for range m.Conditions() {
		g.conditions = append(g.conditions, math.NaN())
	}
	values := map[string]string{}
	for _, s := range settings {
		i := strings.IndexByte(s, '=')
		if i < 0 {
			return nil, badUsage("--given %q: give COLUMN=VALUE", s)
		}
		for n, c := range s { // names may hold =: the longest that is known
			if c == '=' && m.Field(s[:n]) != nil {
				i = n
			}
		}
		column, value := s[:i], s[i+1:]
		if v, again := values[column]; again && !sameCell(m, column, v, value) {
			return nil, badUsage("--given %q contradicts an earlier --given for %s", s, column)
		}
		values[column] = value
		if m.Field(column) == nil {
			return nil, badUsage("--given %q: no such column: %s", s, hint(column, b.columns()))
		}
		if err := b.give(g, column, value); err != nil {
			return nil, badUsage("--given %q: %w", s, err)
		}
	}
	return g, nil
}

// sameCell tells whether two texts mean the same cell of a column.
func sameCell(m *datasets.Metadata, column, a, b string) bool {
	c, k := datasets.NewCells(m, 2), slices.IndexFunc(m.Columns, func(f datasets.Field) bool { return f.Name == column })
	if a == b || k < 0 || c.SetText(0, column, a) != nil || c.SetText(1, column, b) != nil {
		return a == b
	}
	return string(c.AppendText(nil, 0, k)) == string(c.AppendText(nil, 1, k))
}

func (b *bundle) give(g *given, column, value string) error {
	m := b.codec.Metadata()
	if k := slices.Index(conditionNames(m), column); k >= 0 {
		level, err := m.Field(column).LevelIndex(value)
		if err != nil {
			return err
		}
		g.conditions[k] = float64(level)
		return g.note(b, column, value)
	}
	if g.known == nil {
		g.known = nothing(b.codec.Dim())
	}
	if err := b.codec.EncodeCell(g.known, column, value); err != nil {
		return err
	}
	if !b.model.Parts && !b.imputes {
		return fmt.Errorf("the model was trained without giving it columns: train it with --partial above 0, or with --condition %s, or use --method repaint", column)
	}
	if err := g.note(b, column, value); err != nil {
		return err
	}
	return b.reaches(g, column)
}

// note keeps the cell that is given.
func (g *given) note(b *bundle, column, value string) error {
	g.columns = append(g.columns, slices.IndexFunc(b.codec.Metadata().Columns, func(f datasets.Field) bool { return f.Name == column }))
	return g.cells.SetText(0, column, value)
}

// reaches errs unless the number that is given comes back as it is: numbers are
// clipped to the range that was seen.
func (b *bundle) reaches(g *given, column string) error {
	at, _, err := b.codec.Number(column)
	if err != nil || math.IsNaN(g.known[at]) {
		return nil
	}
	k := g.columns[len(g.columns)-1]
	f := &b.codec.Metadata().Columns[k]
	want := g.cells.Number(0, k)
	v, _ := b.codec.ToValue(at, g.known[at])
	if math.Abs(v-want) <= cellStep(f)/2+1e-9*math.Abs(want) {
		return nil
	}
	ends := datasets.NewCells(b.codec.Metadata(), 2)
	ends.SetNumber(0, k, f.Range.Min)
	ends.SetNumber(1, k, f.Range.Max)
	return fmt.Errorf("column %s has values from %s to %s", suggest.Quote(column), ends.AppendText(nil, 0, k), ends.AppendText(nil, 1, k))
}

// hint suggests one of names, or lists them.
func hint(word string, names []string) string {
	if n, ok := suggest.Nearest(word, names); ok {
		return "did you mean " + n + "?"
	}
	return "choose from " + suggest.List(names, 12)
}
