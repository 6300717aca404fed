package evaluate

import (
	"fmt"
	"strings"
	"testing"
)

// Cells that are texts or keys of one real row alone are counted and named, whatever the
// column is taken for; repeated ones, numbers and gaps are not.
func TestVerbatimTexts(t *testing.T) {
	rows := func(key, note func(i int) string) string {
		var b strings.Builder
		b.WriteString("key,note,x,city\n")
		for i := range 60 {
			fmt.Fprintf(&b, "%s,%s,%d.5,%s\n", key(i), note(i), i*i%7, []string{"Rome", "Oslo", "Bern"}[i%3])
		}
		return b.String()
	}
	key := func(from int) func(int) string {
		return func(i int) string { return fmt.Sprintf("C-%04d", from+i) }
	}
	note := func(own int, word string) func(int) string {
		return func(i int) string {
			switch {
			case i < own:
				return fmt.Sprint(word, " ", i)
			case i%2 == 0:
				return ""
			}
			return []string{"ok", "late"}[i/2%2]
		}
	}
	few := func(i int) string { // 6 texts of single rows of 200: less than one in twenty
		if i < 6 {
			return fmt.Sprint("call ", i)
		}
		return "ok"
	}
	var many strings.Builder
	many.WriteString("note,x\n")
	for i := range 200 {
		fmt.Fprintf(&many, "%s,%d.5\n", few(i), i*i%7)
	}
	if tables, err := Read(text("real.csv", many.String()), text("fake.csv", many.String()), nil, nil); err != nil || len(tables.Verbatim) > 0 {
		t.Errorf("few texts of single rows: %+v, %v", tables.Verbatim, err)
	}
	for _, c := range []struct {
		what                 string
		real, synthetic      string
		keys, notes, uniques int
		finding              string
	}{
		{"new ones", rows(key(0), note(50, "call")), rows(key(60), note(50, "ring")), 0, 0, 50, "^No synthetic cell is a text or key .* in \"key\", \"note\""},
		{"a column kept", rows(key(0), note(50, "call")), rows(key(60), note(50, "call")), 0, 50, 50, `"note" \(50 cells, 90.9 %\)`},
		{"some keys", rows(key(0), note(50, "call")), rows(key(50), note(0, "")), 10, 0, 50, `"key" \(10 cells, 16.7 %\)`},
		{"a mixed column", rows(key(0), note(15, "call")), rows(key(60), note(15, "call")), 0, 15, 15, `"note" \(15 cells, `},
	} {
		tables, err := Read(text("real.csv", c.real), text("fake.csv", c.synthetic), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(tables.Verbatim) != 2 {
			t.Errorf("%s: %+v", c.what, tables.Verbatim)
			continue
		}
		k, n := tables.Verbatim[0], tables.Verbatim[1]
		if k.Column != "key" || k.Unique != 60 || k.Cells != c.keys || n.Column != "note" || n.Unique != c.uniques || n.Cells != c.notes {
			t.Errorf("%s: %+v", c.what, tables.Verbatim)
		}
		if r := evaluate(t, tables, nil); !found(r, "(?m)"+c.finding) || len(r.Verbatim) != 2 {
			t.Errorf("%s: findings %q", c.what, r.Findings)
		}
	}
	// Masked texts are one level on both sides.
	real := rows(key(0), note(15, "call"))
	fake := rows(key(60), func(i int) string {
		if s := note(15, "call")(i); strings.HasPrefix(s, "call") {
			return "masked"
		} else {
			return s
		}
	})
	tables, err := Read(text("real.csv", real), text("fake.csv", fake), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := evaluate(t, tables, nil)
	for _, c := range r.Columns {
		if c.Name == "note" && c.Score != 1 {
			t.Errorf("masked texts have score %v", c.Score)
		}
	}
}
