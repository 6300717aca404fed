package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// where is the conditions of --where, all of which hold together: what is left
// of single columns, and relations of several.
type where struct {
	codec     *datasets.Codec
	meta      *datasets.Metadata
	open      bool             // numbers may leave the range that was seen
	names     []string         // of all columns
	sets      map[int]*cellSet // by column
	relations []relation
	scratch   *datasets.Cells
}

// parseWhere reads the expressions and refuses those that no row can satisfy.
func (b *bundle) parseWhere(expressions []string) (*where, error) {
	w := &where{codec: b.codec, meta: b.codec.Metadata(), open: b.open, sets: map[int]*cellSet{}}
	w.scratch = datasets.NewCells(w.meta, 1)
	for j := range w.meta.Columns {
		w.names = append(w.names, w.meta.Columns[j].Name)
	}
	for _, s := range expressions {
		if err := w.add(s); err != nil {
			return nil, badUsage("--where %s: %w", suggest.Quote(s), err)
		}
	}
	return w, nil
}

// column is the index of a column, -1 if there is none of that name.
func (w *where) column(name string) int { return slices.Index(w.names, name) }

// field is the column k, if it has cells to compare.
func (w *where) field(k int) (*datasets.Field, error) {
	f := &w.meta.Columns[k]
	switch f.Type {
	case datasets.TypeIdentifier:
		return nil, fmt.Errorf("column %s is an identifier, which is not modelled", suggest.Quote(f.Name))
	case datasets.TypeConstant:
		return nil, fmt.Errorf("column %s is constant: every row has %s", suggest.Quote(f.Name), suggest.Quote(f.Value))
	}
	return f, nil
}

// level is the index of a level.
func (w *where) level(f *datasets.Field, text string) (int, error) {
	k, err := f.LevelIndex(text)
	if err != nil && w.missing(text) {
		return 0, fmt.Errorf("%s means a missing cell: write is missing", suggest.Quote(text))
	}
	return k, err
}

// value is the number, or date, that a text stands for.
func (w *where) value(f *datasets.Field, text string) (float64, error) {
	if w.missing(text) {
		return 0, fmt.Errorf("%s means a missing cell: write is missing", suggest.Quote(text))
	}
	if f.Type == datasets.TypeDateTime {
		if err := w.scratch.SetText(0, f.Name, text); err != nil {
			return 0, err
		}
		return w.scratch.Number(0, w.column(f.Name)), nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s is not a number, and %s is %s", suggest.Quote(text), suggest.Quote(f.Name), f.Type)
	}
	return v, nil
}

func (w *where) missing(text string) bool {
	return slices.ContainsFunc(w.meta.Missing, func(m string) bool { return strings.EqualFold(m, text) })
}

// restrict adds a set of cells to the conditions on column k.
func (w *where) restrict(k int, set *cellSet, text string) error {
	set.said = []string{text}
	f := &w.meta.Columns[k]
	if w.sets[k] == nil {
		w.sets[k] = anyCell(f)
	}
	w.sets[k].and(set)
	return w.possible(k)
}

// possible errs when no cell of column k is left.
func (w *where) possible(k int) error {
	f, s := &w.meta.Columns[k], w.sets[k]
	if s.missing && f.Missing > 0 || slices.Contains(s.levels, true) {
		return nil
	}
	if s.levels == nil {
		if _, how := w.ofNumbers(k); how != never {
			return nil
		}
	}
	why := ""
	switch {
	case len(s.said) > 1 && s.said[0] != s.said[len(s.said)-1]:
		why = fmt.Sprintf("together with %s ", suggest.Quote(s.said[0]))
	case s.missing:
		return fmt.Errorf("column %s had no missing cells when the model was trained", suggest.Quote(f.Name))
	}
	if s.levels == nil && len(s.numbers) > 0 {
		return fmt.Errorf("%sthis leaves no value of %s: %s", why, suggest.Quote(f.Name), w.reach(f))
	}
	return fmt.Errorf("%sthis leaves no value of %s: take one of the conditions away", why, suggest.Quote(f.Name))
}

// reach says what numbers a column takes.
func (w *where) reach(f *datasets.Field) string {
	c := datasets.NewCells(w.meta, 2)
	j := w.column(f.Name)
	c.SetNumber(0, j, f.Range.Min)
	c.SetNumber(1, j, f.Range.Max)
	text := fmt.Sprintf("it has values from %s to %s", c.AppendText(nil, 0, j), c.AppendText(nil, 1, j))
	if cellStep(f) == 0 {
		return text + ", not rounded, so that a single one has probability 0: give a range"
	}
	if f.Digits.Max == 0 {
		return text + ", whole ones"
	}
	return fmt.Sprintf("%s, of %d decimals", text, f.Digits.Max)
}

// holds reports whether row i of c satisfies all conditions.
func (w *where) holds(c *datasets.Cells, i int) bool {
	for k, s := range w.sets {
		if !s.holds(c, i, k) {
			return false
		}
	}
	for _, r := range w.relations {
		if !r.holds(c, i) {
			return false
		}
	}
	return true
}
