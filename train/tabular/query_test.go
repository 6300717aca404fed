package tabular

import (
	"fmt"
	"math"
	"slices"
	"strings"
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
		if len(r.conditioned) != c.fixed || events != c.events {
			t.Errorf("%q, given %q: %d columns given, want %d; %d events, want %d", c.where, c.given, len(r.conditioned), c.fixed, events, c.events)
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

// Every number that decoding can return can be given, and no other: 0 in a column of
// full precision too, where rounding errors are no share of the value, and not a
// number one step outside of the range.
func TestGivenNumbersAreRepresentable(t *testing.T) {
	var b strings.Builder
	b.WriteString("full,cents\n")
	for i := range 300 {
		u := math.Mod(float64(i)*0.6180339887, 1)
		fmt.Fprintf(&b, "%v,%.2f\n", 9*u*u-4.45, 2+5*u)
	}
	m := fit(b.String(), Options{Steps: 1, Hidden: 8, Layers: 1})
	ends := m.codec.Metadata().Field("cents").Range
	for given, ok := range map[string]bool{
		"full=0": true, "full=-1e-9": true, "full=1.5": true, "full=5": false,
		fmt.Sprintf("cents=%.2f", ends.Max): true, fmt.Sprintf("cents=%.2f", ends.Max+0.01): false,
		fmt.Sprintf("cents=%.2f", ends.Min): true, fmt.Sprintf("cents=%.2f", ends.Min-0.01): false,
	} {
		if _, err := m.resolve(1, &Query{Given: must(m.ParseGiven([]string{given}))}); (err == nil) != ok {
			t.Errorf("%s: %v", given, err)
		}
	}
}
