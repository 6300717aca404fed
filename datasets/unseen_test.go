package datasets

import (
	"slices"
	"strings"
	"testing"
)

// A table that the metadata was not estimated from keeps what Cells cannot hold, in order,
// and says so in few lines; ReadCells refuses it.
func TestReadUnseen(t *testing.T) {
	m, err := Infer(text("x,town,currency,nothing\n0.5,Paris,EUR,\n1.5,Rome,EUR,\n2.5,Paris,EUR,\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(text("x,town,currency,nothing\n0.5,Paris,EUR,\n1.5,Rome,EUR,\n2.5,Paris,EUR,\n"), m)
	if err != nil || c.Strange() != nil || len(c.Unseen()) != 0 {
		t.Fatalf("%v, %v, %v of the training table", err, c.Strange(), c.Unseen())
	}
	for _, c := range []struct {
		rows   string
		want   []Unseen
		first  string
		notes  string
		strict string
	}{
		{"0.5,Bonn,EUR,\n", []Unseen{{0, 1, "Bonn", false}}, `row 2, column "town": unseen category "Bonn"`, `"town" (1 cells; row 2: unseen category "Bonn")`, "unseen category"},
		{"0.5,Paris,,\n", []Unseen{{0, 2, "", true}}, "", `missing cells of constant columns, whose one value is known: "currency" (1 cells)`, "a missing cell"},
		{"0.5,Paris,NA,\n", []Unseen{{0, 2, "NA", true}}, "", `"currency" (1 cells)`, "a missing cell"},
		{"0.5,Paris,USD,\n", []Unseen{{0, 2, "USD", false}}, `column "currency": "USD"`, `"currency" (1 cells; row 2: "USD")`, `"USD"`},
		{"0.5,Paris,EUR,now\n", []Unseen{{0, 3, "now", false}}, `column "nothing": "now"`, `"nothing" (1 cells; row 2: "now")`, `"now"`},
		{"0.5,Rome,EUR,\n0.7,Bonn,USD,\n0.7,Bern,,1\n", []Unseen{{1, 1, "Bonn", false}, {1, 2, "USD", false}, {2, 1, "Bern", false}, {2, 2, "", true}, {2, 3, "1", false}},
			`row 3, column "town"`, `"town" (2 cells; row 3: unseen category "Bonn"), "currency" (1 cells; row 3: "USD"), "nothing" (1 cells; row 4: "1")`, "row 3"},
		{"99,Paris,EUR,\n", nil, `row 2, column "x": "99" is beyond the range that was seen, 0.5 to 2.5`, `beyond the range that was seen: "x" (1 cells)`, ""},
	} {
		got, err := ReadUnseen(text("x,town,currency,nothing\n"+c.rows), m)
		if err != nil {
			t.Errorf("%q: %v", c.rows, err)
			continue
		}
		if !slices.Equal(got.Unseen(), c.want) {
			t.Errorf("%q: %+v, want %+v", c.rows, got.Unseen(), c.want)
		}
		if e := got.Strange(); (e == nil) != (c.first == "") || e != nil && !strings.Contains(e.Error(), c.first) {
			t.Errorf("%q: %v, want %s", c.rows, e, c.first)
		}
		if notes := strings.Join(got.Notes(), "\n"); !strings.Contains(notes, c.notes) || (notes == "") != (c.notes == "") {
			t.Errorf("%q: notes %q, want %s", c.rows, notes, c.notes)
		}
		for _, u := range got.Unseen() {
			if u.Column == 1 && !got.Missing(u.Row, u.Column) {
				t.Errorf("%q: an unseen level is level %d", c.rows, got.Level(u.Row, u.Column))
			}
		}
		if _, err := ReadCells(text("x,town,currency,nothing\n"+c.rows), m); (err == nil) != (c.strict == "") || err != nil && !strings.Contains(err.Error(), c.strict) {
			t.Errorf("%q, read strictly: %v", c.rows, err)
		}
	}
	// What is no number stays an error.
	if _, err := ReadUnseen(text("x,town,currency,nothing\nmany,Paris,EUR,\n"), m); err == nil || !strings.Contains(err.Error(), "is not a number") {
		t.Error(err)
	}
	got, err := ReadUnseen(text("x,town,currency,nothing\n0.5,Bonn,EUR,\n"), m)
	if err != nil {
		t.Fatal(err)
	}
	if got.Resize(1); len(got.Unseen()) != 0 {
		t.Error("Resize keeps what was unseen")
	}
}
