package tabular

import (
	"slices"
	"testing"

	"tweedie/guide"
	"tweedie/sample"
)

// Of several conditions those that leave one level are given, and the others guide;
// one condition alone, and several levels, guide.
func TestSingleLevelsAreGiven(t *testing.T) {
	of := func(o Options) *Model {
		o.Steps, o.Hidden, o.Layers = 2, 8, 1
		return fit(jobsText(300), o)
	}
	whole, parts := of(Options{Conditional: -1}), of(Options{})
	for _, c := range []struct {
		b             *Model
		where, given  []string
		fixed, events int
	}{
		{parts, []string{"age >= 30", "job = clerk"}, nil, 1, 1},
		{parts, []string{"age >= 30 and job in (clerk, '>50')"}, nil, 0, 2},
		{parts, []string{"job = clerk"}, nil, 0, 1},
		{parts, []string{"job = clerk", "🎉 = yes"}, nil, 2, 0},
		{parts, []string{"age <= hours", "job = clerk"}, nil, 1, 1}, // hours is not missing
		{parts, []string{"age >= 30", "job = clerk"}, []string{"🎉=no"}, 2, 1},
		{parts, []string{"age >= 30", "job = clerk"}, []string{"job=clerk"}, 1, 1},
		{whole, []string{"age >= 30", "job = clerk"}, nil, 0, 2},
	} {
		given := must(c.b.ParseGiven(c.given))
		r := must(c.b.resolve(1, &Query{Given: given, Where: c.where}))
		if err := r.giveLevels(); err != nil {
			t.Fatal(err)
		}
		events := 0
		for _, term := range r.whereTerms() {
			w, ok := term.(guide.Where)
			for _, e := range w {
				if ok && len(e.Allowed) < len(e.Block) || e.Number >= 0 {
					events++
				}
			}
		}
		if len(r.fixed) != c.fixed || events != c.events {
			t.Errorf("%q, given %q: %d columns given, want %d; %d events, want %d", c.where, c.given, len(r.fixed), c.fixed, events, c.events)
		}
		if known := len(r.known) == 1 && slices.ContainsFunc(r.known[0], func(v float64) bool { return v == 1 }); known != (c.fixed > 0) {
			t.Errorf("%q, given %q: known %v", c.where, c.given, r.known)
		}
	}
	rows := records(text(t, draw(parts, 40, &Query{Where: []string{"age >= 30", "job = clerk"}, WhereBy: "guide", Sampler: sample.Sampler{NFE: 6}}).Cells))
	if len(rows) != 41 || slices.ContainsFunc(rows[1:], func(r []string) bool { return r[2] != "clerk" }) {
		t.Errorf("%d rows, not all of clerks", len(rows)-1)
	}
}
