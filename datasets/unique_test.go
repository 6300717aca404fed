package datasets

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// New keys start after the real ones, in their form, whatever the order of the rows.
func TestKeysStartAfterTheRealOnes(t *testing.T) {
	for _, c := range []struct {
		name, first, later string
		cell               func(i int) string
	}{
		{"k", "CUST-00400", "CUST-00407", func(i int) string { return fmt.Sprintf("CUST-%05d", 399-i) }},
		{"k", "0099/EU", "0106/EU", func(i int) string { return fmt.Sprintf("%04d/EU", i%50*2) }},
		{"k", "A1-100040", "A1-100047", func(i int) string { return fmt.Sprint("A1-", 100000+i) }},
		{"k", "X100", "X107", func(i int) string { return fmt.Sprintf("X%02d", 60+i) }},
		{"n", "40", "47", func(i int) string { return fmt.Sprint(i) }},
		{"id", "1118", "1125", func(i int) string { return fmt.Sprint(1000 + 3*i) }},
		{"id", "9007199254741032", "9007199254741039", func(i int) string { return fmt.Sprint(9007199254740992 + i) }},
	} {
		n := 40
		if c.first == "0099/EU" {
			n = 50
		}
		var b strings.Builder
		b.WriteString(c.name + ",x\n")
		real := map[string]bool{}
		for i := range n {
			real[c.cell(i)] = true
			fmt.Fprintf(&b, "%s,%d.5\n", c.cell(i), i%7)
		}
		m, err := Infer(text(b.String()), nil)
		if err != nil {
			t.Fatal(err)
		}
		f := &m.Columns[0]
		if f.Type != TypeIdentifier || f.Sequence == nil {
			t.Errorf("%s: %s without a sequence", c.first, f.Type)
			continue
		}
		cells, err := ReadCells(text(b.String()), m)
		if err != nil {
			t.Fatal(err)
		}
		write := func(first int) []string {
			var out strings.Builder
			if err := NewCSVCells(&out, m, first).Write(cells); err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[1:] {
				key, _, _ := strings.Cut(line, ",")
				keys = append(keys, key)
			}
			return keys
		}
		keys := write(0)
		if keys[0] != c.first || keys[7] != c.later {
			t.Errorf("keys %q, %q; want %q, %q", keys[0], keys[7], c.first, c.later)
		}
		for _, key := range keys {
			if real[key] {
				t.Errorf("%s is a real key", key)
			}
		}
		if part := write(7); !slices.Equal(part[:n-7], keys[7:]) {
			t.Error("a key depends on more than the index of its row")
		}
	}
}

// textTable has a column of which share of n rows have a text of their own.
func textTable(n int, own float64) string {
	var b strings.Builder
	b.WriteString("x,note\n")
	for i := range n {
		note := []string{"ok", "late", "returned"}[i%3]
		if float64(i%100) < 100*own {
			note = fmt.Sprintf("Call %s about it", strings.Repeat(string(rune('a'+i%26)), 1+i/26))
		}
		fmt.Fprintf(&b, "%d.5,%s\n", i%9, note)
	}
	return b.String()
}

// Texts that one row alone has are in no metadata, unless the column is declared
// categorical; few of them are rare levels.
func TestUniqueTextsAreNotKept(t *testing.T) {
	const n = 300
	for _, c := range []struct {
		own     float64
		types   map[string]Type
		want    Type
		levels  int
		warning string
	}{
		{1, nil, TypeIdentifier, 0, "texts (nearly) unique to a row are left out"},
		{0.9, nil, TypeIdentifier, 0, "texts (nearly) unique to a row are left out"},
		{0.6, nil, TypeIdentifier, 0, "texts (nearly) unique to a row are left out"},
		{0.4, nil, TypeCategorical, 4, `120 texts that one row alone has are written "masked"`},
		{0.08, nil, TypeCategorical, 4, `24 texts that one row alone has are written "masked"`},
		{0.01, nil, TypeCategorical, 6, ""},
		{0, nil, TypeCategorical, 3, ""},
		{0.9, map[string]Type{"note": TypeCategorical}, TypeCategorical, 273, "270 texts that one row alone has are reproduced word for word"},
		{0.4, map[string]Type{"note": TypeCategorical}, TypeCategorical, 123, "120 texts that one row alone has are reproduced word for word"},
	} {
		csv := textTable(n, c.own)
		m, err := Infer(text(csv), &InferOptions{Types: c.types})
		if err != nil {
			t.Fatal(err)
		}
		f := m.Field("note")
		warnings := strings.Join(m.Warnings(), "\n")
		if f.Type != c.want || len(f.Levels) != c.levels || !strings.Contains(warnings, c.warning) || (c.warning == "") != (warnings == "") {
			t.Errorf("%v of own texts: %s, %d levels, %q; want %s, %d, %q", c.own, f.Type, len(f.Levels), warnings, c.want, c.levels, c.warning)
			continue
		}
		cells, err := ReadCells(text(csv), m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Infer(text(csv), &InferOptions{Metadata: m})
		if err != nil || len(again.Field("note").Levels) != c.levels || again.Field("note").Rest != f.Rest {
			t.Errorf("%v of own texts: metadata comes back as %+v, %v", c.own, again.Field("note"), err)
		}
		var out strings.Builder
		if err := NewCSVCells(&out, m, 0).Write(cells); err != nil {
			t.Fatal(err)
		}
		if own := strings.Count(out.String(), "Call "); c.types == nil && c.own > 0.02 && own > 0 || c.types != nil && own == 0 {
			t.Errorf("%v of own texts: %d are written", c.own, own)
		}
		if got := strings.Count(out.String(), ",masked\n"); f.Rest != "" && got != int(n*c.own) {
			t.Errorf("%v of own texts: %d are masked", c.own, got)
		}
	}
	// Few comments, all different, among many empty cells.
	var b strings.Builder
	b.WriteString("x,note\n")
	for i := range 200 {
		note := ""
		if i%20 == 0 {
			note = fmt.Sprint("see page ", i)
		}
		fmt.Fprintf(&b, "%d.5,%s\n", i%9, note)
	}
	m, err := Infer(text(b.String()), nil)
	if err != nil || m.Field("note").Type != TypeIdentifier {
		t.Errorf("rare comments: %v, %v", m.Field("note").Type, err)
	}
	// A level of the name is another one.
	m, err = Infer(text(strings.ReplaceAll(textTable(n, 0.4), "late", "masked")), nil)
	if err != nil || m.Field("note").Rest != "masked_" || len(m.Field("note").Levels) != 4 {
		t.Errorf("%+v, %v", m.Field("note"), err)
	}
}
