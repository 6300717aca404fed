package main

import (
	"fmt"
	"maps"
	"slices"

	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/internal/suggest"
)

// request is what rows are asked for: what is given of them, in turns with
// --balance, and what they must satisfy.
type request struct {
	laws  turns       // of labels
	known [][]float64 // of encoded rows
	where *where      // nil for no conditions
	fixed []int       // columns that are given, whatever their values
}

// request reads --given, --where and --balance, and refuses what contradicts.
func (o *guideFlags) request(b *bundle, seed uint64) (*request, error) {
	g, err := b.parseGiven(o.given)
	if err != nil {
		return nil, err
	}
	w, err := b.parseWhere(o.where)
	if err != nil {
		return nil, err
	}
	if err := w.agree(g); err != nil {
		return nil, err
	}
	r := &request{fixed: g.columns}
	keep := w.keepLabels()
	if o.balance != "" {
		if err := r.balance(b, g, w, o.balance, seed); err != nil {
			return nil, badUsage("--balance %s: %w", o.balance, err)
		}
	} else {
		if g.known != nil {
			r.known = [][]float64{g.known}
		}
		if len(b.model.Conds) > 0 {
			l, err := b.labels.given(g.conditions, keep, seed)
			if err != nil {
				return nil, err
			}
			r.laws = turns{l}
		}
	}
	if len(w.sets)+len(w.relations) > 0 {
		r.where = w
	}
	return r, nil
}

// agree errs when what is given contradicts the conditions, and makes a condition
// of a level that shares its position in the encoding with others.
func (w *where) agree(g *given) error {
	for _, k := range g.columns {
		f := &w.meta.Columns[k]
		if s := w.sets[k]; s != nil && !s.holds(g.cells, 0, k) {
			return badUsage("--given %s=%s contradicts --where %s", f.Name, g.cells.AppendText(nil, 0, k), suggest.Quote(s.said[0]))
		}
		if f.Condition || g.cells.Missing(0, k) || f.Levels == nil || !f.Levels[g.cells.Level(0, k)].Grouped {
			continue
		}
		set := anyCell(f)
		set.missing = false
		clear(set.levels)
		set.levels[g.cells.Level(0, k)] = true
		if err := w.restrict(k, set, fmt.Sprintf("%s=%s", f.Name, f.Levels[g.cells.Level(0, k)].Name)); err != nil {
			return usage{err}
		}
	}
	for _, r := range w.relations {
		given := func(k int) bool { return slices.Contains(g.columns, k) }
		if !slices.ContainsFunc(r.columns, func(k int) bool { return !given(k) }) && !r.holds(g.cells, 0) {
			return badUsage("what --given says of %s contradicts --where %s", r.names(w.meta), suggest.Quote(r.text))
		}
	}
	return nil
}

// keepLabels tells which combinations of labels the conditions on label columns
// allow; nil for all.
func (w *where) keepLabels() func(row []int) bool {
	var at []int
	var sets []*cellSet
	for i, f := range w.meta.Conditions() {
		if s := w.sets[w.column(f.Name)]; s != nil {
			at, sets = append(at, i), append(sets, s)
		}
	}
	if at == nil {
		return nil
	}
	return func(row []int) bool {
		for i, s := range sets {
			if !s.levels[row[at[i]]] {
				return false
			}
		}
		return true
	}
}

// balance gives the levels of a column in turn.
func (r *request) balance(b *bundle, g *given, w *where, column string, seed uint64) error {
	m := b.codec.Metadata()
	k := w.column(column)
	if k < 0 {
		return fmt.Errorf("no such column: %s", hint(column, b.columns()))
	}
	f := &m.Columns[k]
	switch {
	case slices.Contains(g.columns, k):
		return fmt.Errorf("the column is given already: leave one of the two away")
	case f.Levels == nil:
		return fmt.Errorf("the column is %s, and has no levels to balance: take a categorical one", f.Type)
	}
	condition, others := slices.Index(conditionNames(m), column), false
	for level, l := range f.Levels {
		if s := w.sets[k]; s != nil && !s.levels[level] || l.Grouped && others {
			continue
		}
		others = others || l.Grouped && condition < 0
		h := &given{conditions: slices.Clone(g.conditions), known: slices.Clone(g.known), cells: datasets.NewCells(m, 1)}
		if err := b.give(h, column, l.Name); err != nil {
			return err
		}
		if h.known != nil {
			r.known = append(r.known, h.known)
		}
		if len(b.model.Conds) > 0 {
			law, err := b.labels.given(h.conditions, w.keepLabels(), seed)
			if err != nil {
				return fmt.Errorf("%s: %w", suggest.Quote(l.Name), err)
			}
			r.laws = append(r.laws, law)
		}
	}
	r.fixed = append(slices.Clone(g.columns), k)
	return nil
}

// kinds is the number of kinds of rows that come in turn.
func (r *request) kinds() int { return max(1, len(r.laws), len(r.known)) }

// terms are the guides towards the conditions: of columns that are given nothing
// is left to guide.
func (r *request) terms() []guide.Term {
	if r.where == nil {
		return nil
	}
	var events guide.Where
	for _, k := range slices.Sorted(maps.Keys(r.where.sets)) {
		if r.where.meta.Columns[k].Condition || slices.Contains(r.fixed, k) {
			continue
		}
		list, _ := r.where.events(k)
		events = append(events, list...)
	}
	var terms []guide.Term
	if len(events) > 0 {
		terms = append(terms, append(events, r.others(events)...))
	}
	for _, rel := range r.where.relations {
		if t := rel.term(r.where); t != nil {
			terms = append(terms, t)
		}
	}
	return terms
}

// others are the blocks of levels that no event is of: all that is said of them is
// that they are levels, which bounds what an event may do to them.
func (r *request) others(events guide.Where) (list guide.Where) {
	for _, b := range r.where.codec.Blocks() {
		if b.Kind != datasets.Category || slices.ContainsFunc(events, func(e guide.Event) bool { return slices.Contains(e.Block, b.Start) }) {
			continue
		}
		var block []int
		for i := range b.Len {
			block = append(block, b.Start+i)
		}
		list = append(list, guide.Levels(block, block))
	}
	return list
}

// freeLabels reports whether labels are drawn that the conditions say something of.
func (r *request) freeLabels() bool {
	return slices.ContainsFunc(r.laws, func(l *labelLaw) bool { return len(l.rows) > 1 })
}
