package evaluate

import (
	"strings"
	"testing"

	"tweedie/datasets"
)

const realText = `n,word,flag,same,when
1,red,0,5,2024-01-01
2,blue,1,5,2024-01-02
3,red,0,5,2024-01-03
4,blue,1,5,2024-02-01
5,,1,5,
`

// What only the synthetic table has counts as what it is.
func TestRead(t *testing.T) {
	fake := `when,same,flag,word,n
2024-01-05,6,1.0,green,2.5
,5.0,0,red,
2024-01-07,,0,"  blue",-7
`
	tables, err := Read(text("real.csv", realText), text("fake.csv", fake), text("hold.csv", realText), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := tables.Synthetic
	if s.Rows() != 3 || s.Metadata() != tables.Real.Metadata() || tables.Holdout.Rows() != 5 {
		t.Fatalf("%d rows", s.Rows())
	}
	cell := func(c *datasets.Cells, i int, name string) string {
		for j := range c.Metadata().Columns {
			if c.Metadata().Columns[j].Name == name {
				return string(c.AppendText(nil, i, j))
			}
		}
		return "no such column"
	}
	for _, want := range []struct {
		i           int
		name, value string
	}{{0, "n", "2.5"}, {1, "n", ""}, {2, "n", "-7"}, {0, "word", "green"}, {2, "word", "blue"}, {0, "flag", "1"},
		{0, "same", "6"}, {1, "same", "5"}, {2, "same", ""}, {0, "when", "2024-01-05"}, {1, "when", ""}} {
		if got := cell(s, want.i, want.name); got != want.value {
			t.Errorf("row %d, %s: %q, want %q", want.i, want.name, got, want.value)
		}
	}
	if cell(tables.Real, 0, "same") != "5" || cell(tables.Real, 0, "n") != "1" {
		t.Errorf("real rows: %q, %q", cell(tables.Real, 0, "same"), cell(tables.Real, 0, "n"))
	}
	notes := strings.Join(tables.Notes, "\n")
	for _, want := range []string{`fake.csv: column "word" has 1 value that the real rows have not: "green"`, `column "same" has 1 value that the real rows have not: "6"`} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %s:\n%s", want, notes)
		}
	}
	if strings.Contains(notes, "flag") || strings.Contains(notes, "hold.csv") {
		t.Errorf("notes of what is known:\n%s", notes)
	}
}

func TestReadErrors(t *testing.T) {
	for want, fake := range map[string]string{
		`fake.csv: row 3, column "n": "x" is not a number`: "n,word,flag,same,when\n1,red,0,5,\nx,red,0,5,\n",
		`fake.csv: column "word"`:                          "n,flag,same,when\n1,0,5,\n",
		`fake.csv: column "more"`:                          "n,word,flag,same,when,more\n1,red,0,5,,1\n",
		`fake.csv: a header without rows`:                  "n,word,flag,same,when\n",
		`fake.csv: the file is empty`:                      "",
		`row 2, column "when": "1 May" is not a date`:      "n,word,flag,same,when\n1,red,0,5,1 May\n",
	} {
		if _, err := Read(text("real.csv", realText), text("fake.csv", fake), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Identifiers and constants are not compared, and metadata is heeded.
func TestReadMetadata(t *testing.T) {
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Columns: []datasets.Field{{Name: "word", Type: datasets.TypeIdentifier}, {Name: "n", Type: datasets.TypeCategorical}}}
	tables, err := Read(text("real.csv", realText), text("fake.csv", realText), nil, m)
	if err != nil {
		t.Fatal(err)
	}
	f := newFrame(tables.Real)
	if len(f.cols) != 3 || !f.cols[f.find("n")].category() || f.find("word") >= 0 || f.find("same") >= 0 {
		t.Errorf("%d columns", len(f.cols))
	}
}
