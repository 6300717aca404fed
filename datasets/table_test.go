package datasets

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestNewTableErrors(t *testing.T) {
	number := func(name string, values ...float64) Column {
		return Column{Name: name, Kind: Numeric, Values: values}
	}
	for _, c := range []struct {
		columns []Column
		want    string
	}{
		{nil, "no columns"},
		{[]Column{number("a")}, "0 values"},
		{[]Column{number("a", 1, 2), number("b", 1)}, `column "b": 1 values; give as many as the first column has (2)`},
		{[]Column{number("a", 1), number("a", 1)}, "columns 1 and 2 have the same name"},
		{[]Column{number("", 1)}, "the name of column 1 is empty"},
		{[]Column{number("a", 1, math.NaN())}, `row 2, column "a": NaN`},
		{[]Column{number("a", math.Inf(-1))}, `row 1, column "a": -Inf`},
		{[]Column{{Name: "a", Values: []float64{1}}}, "unknown kind 0"},
		{[]Column{{Name: "a", Kind: Label, Values: []float64{0, 1}, Levels: []string{"x"}}}, `row 2, column "a": level 1 of 1`},
		{[]Column{{Name: "a", Kind: Label, Values: []float64{.5}, Levels: []string{"x", "y"}}}, "level 0.5 of 2"},
	} {
		table, err := NewTable("t", c.columns)
		if table != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestFromDenseCopies(t *testing.T) {
	x := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	table, err := FromDense("t", []string{"a", "b"}, x)
	if err != nil {
		t.Fatal(err)
	}
	x.Zero()
	if v := table.Column("b").Values; v[0] != 2 || v[1] != 4 {
		t.Errorf("column b is %v", v)
	}
}

func TestWarnings(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,same,code,site,x,zeros\n")
	for i := range 200 {
		row := []string{string(rune('a'+i%26)) + strings.Repeat("z", i/26), "7", string(rune('0' + i%3)), "north"}
		x := newFormat(3, false).append(nil, newFormat(3, false).round(math.Sin(float64(i))))
		row = append(row, string(x))
		if i%4 == 0 {
			x = []byte("0")
		}
		b.WriteString(strings.Join(append(row, string(x)), ",") + "\n")
	}
	_, s := read(t, b.String(), "id", "site")
	got := s.Warnings()
	want := []string{
		`constant columns are not modelled, and written back as they were: "same"`,
		`zero-inflated or capped columns are modelled as continuous, which smears their frequent value: "zeros" (25 % are 0)`,
		`columns of a few whole numbers are modelled as continuous and rounded; if they are labels, use --condition: "code"`,
		`label columns with one label condition on nothing: "site"`,
		`label columns with few rows per label teach little; are they identifiers? "id"`,
	}
	if len(got) != len(want) {
		t.Fatalf("%d warnings: %q", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}

// A table of few rows for its columns is named, and no other.
func TestFewRowsAreWarnedOf(t *testing.T) {
	for _, c := range []struct {
		rows, columns int
		warned        bool
	}{{2, 1, true}, {99, 1, true}, {100, 1, false}, {100, 10, false}, {109, 11, true}} {
		var b strings.Builder
		b.WriteString("same")
		for j := range c.columns {
			b.WriteString(",c" + strconv.Itoa(j))
		}
		for i := range c.rows {
			b.WriteString("\n1" + strings.Repeat(","+strconv.FormatFloat(math.Sin(float64(i)), 'g', -1, 64), c.columns))
		}
		_, s := read(t, b.String()+"\n")
		all := strings.Join(s.Warnings(), "\n")
		want := fmt.Sprintf("only %d rows for %d columns", c.rows, c.columns)
		if strings.Contains(all, want) != c.warned || strings.Contains(all, "only") != c.warned {
			t.Errorf("%d rows, %d columns: %q", c.rows, c.columns, all)
		}
	}
}

// Heaped values and counts are not atoms; a cap and an inflated zero are.
func TestAtom(t *testing.T) {
	for name, c := range map[string]struct {
		value func(i int) float64
		atom  bool
	}{
		"continuous": {func(i int) float64 { return math.Sqrt(float64(i)) }, false},
		"zeros":      {func(i int) float64 { return math.Sqrt(float64(i)) * float64(min(i%5, 1)) }, true},
		"cap":        {func(i int) float64 { return min(math.Sqrt(float64(i)), 30) }, true},
		"few zeros":  {func(i int) float64 { return math.Sqrt(float64(i)) * float64(min(i%50, 1)) }, false},
		"counts":     {func(i int) float64 { return float64(i*i%7) / 2 }, false},
		"heaped":     {func(i int) float64 { return math.Round(math.Sqrt(float64(i))) }, false},
		"constant":   {func(int) float64 { return 3 }, false},
	} {
		values := make([]float64, 1000)
		for i := range values {
			values[i] = c.value(i)
		}
		var s ColumnSchema
		if err := s.estimate(&Column{Values: values}); err != nil {
			t.Fatal(err)
		}
		if (s.Atom != nil) != c.atom {
			t.Errorf("%s: atom %+v", name, s.Atom)
		}
	}
}
