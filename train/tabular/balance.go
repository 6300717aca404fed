package tabular

import (
	"slices"
	"strconv"

	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/internal/suggest"
)

// balance gives the levels of a column in turn.
func (r *query) balance(w *where.Conditions) error {
	m, column := r.model, r.Balance
	k := w.Column(column)
	if k < 0 {
		return bad("balance", "%s: no such column: %s", column, suggest.Hint(column, m.Columns()))
	}
	f := &m.codec.Metadata().Columns[k]
	switch {
	case slices.Contains(r.given.all(), k):
		return bad("balance", "%s: the column is given already: leave one of the two away", column)
	case f.Levels == nil:
		return r.balanceNumbers(w, k, f)
	}
	isLabel, others := slices.Contains(conditionNames(m.codec.Metadata()), column), false
	for level, l := range f.Levels {
		if s := w.Cells(k); s != nil && !s.Levels[level] || l.Grouped && others {
			continue
		}
		others = others || l.Grouped && !isLabel
		g := r.given.clone()
		if err := m.give(g, column, l.Name, false); err != nil {
			return bad("balance", "%s: %w", column, err)
		}
		r.model.imply(g)
		if err := r.settle(w, g); err != nil {
			return bad("balance", "%s: %s: %w", column, suggest.Quote(l.Name), err)
		}
	}
	r.conditioned = append(r.given.all(), k)
	return nil
}

// balanceNumbers gives the values of a column of few whole numbers in turn.
func (r *query) balanceNumbers(w *where.Conditions, k int, f *datasets.Field) error {
	values := r.model.codec.FewValues(f.Name)
	if len(values) == 0 {
		return bad("balance", "%s: the column is %s, and has no levels to balance, or too many: take a categorical one", f.Name, f.Type)
	}
	for _, v := range values {
		if s := w.Cells(k); s != nil && !s.HoldsNumber(v) {
			continue
		}
		g, text := r.given.clone(), strconv.FormatFloat(v, 'f', -1, 64)
		if err := r.model.give(g, f.Name, text, false); err != nil {
			return bad("balance", "%s: %w", f.Name, err)
		}
		r.model.imply(g)
		if err := r.settle(w, g); err != nil {
			return bad("balance", "%s: %s: %w", f.Name, text, err)
		}
	}
	r.conditioned = append(r.given.all(), k)
	return nil
}
