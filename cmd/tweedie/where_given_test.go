package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tweedie/guide"
)

// Of several conditions those that leave one level are given, and the others guide;
// one condition alone, and several levels, guide.
func TestSingleLevelsAreGiven(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "t.csv")
	if err := os.WriteFile(table, []byte(mixedText(300)), 0o666); err != nil {
		t.Fatal(err)
	}
	of := func(name string, more ...string) *bundle {
		file := filepath.Join(dir, name)
		command(t, append([]string{"train", "--data", table, "--steps", "2", "--hidden", "8", "--layers", "1", "--out", file}, more...)...)
		b, err := loadBundle(file)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	whole, parts := of("whole", "--partial", "0"), of("parts")
	for _, c := range []struct {
		b             *bundle
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
		o := &guideFlags{given: c.given, where: c.where, cfg: 1}
		r, err := o.request(c.b, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.giveLevels(c.b); err != nil {
			t.Fatal(err)
		}
		events := 0
		for _, term := range r.terms() {
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
	file := filepath.Join(dir, "s.csv")
	command(t, "sample", "--model", filepath.Join(dir, "parts"), "--rows", "40", "--nfe", "6", "--where", "age >= 30", "--where", "job = clerk", "--where-by", "guide", "--out", file)
	rows := readCSV(t, file)
	if len(rows) != 41 || slices.ContainsFunc(rows[1:], func(r []string) bool { return r[2] != "clerk" }) {
		t.Errorf("%d rows, not all of clerks", len(rows)-1)
	}
}
