package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// One cell without its thousands mark does not make the others decimals, and three
// decimals after a 0 are no thousands.
func TestMarksOfMostCells(t *testing.T) {
	for _, c := range []struct {
		cell  func(i int) string
		least float64
		note  bool
	}{
		{func(i int) string { return fmt.Sprintf(`"%d,%03d"`, 10+i, i*7%1000) }, 10000, true},
		{func(i int) string {
			if i == 4 {
				return "144027"
			}
			return fmt.Sprintf(`"%d,%03d"`, 10+i, i*7%1000)
		}, 10000, true},
		{func(i int) string { return fmt.Sprintf(`"%d,%03d"`, i%4, 100+i*13%900) }, 0.1, false},
	} {
		var b strings.Builder
		b.WriteString("v,g\n")
		for i := range 100 {
			fmt.Fprintf(&b, "%s,%d\n", c.cell(i), i%3)
		}
		m, err := Infer(text(b.String()), nil)
		if err != nil {
			t.Fatal(err)
		}
		f := m.Field("v")
		if f.Range == nil || f.Range.Min < c.least || f.Range.Min > 2*c.least || strings.Contains(f.Note, "every comma") != c.note {
			t.Errorf("%+v, note %q; want from %g", f.Range, f.Note, c.least)
		}
	}
}

// A boolean of Parquet is that of CSV, however it is written there.
func TestBooleansAreTheSame(t *testing.T) {
	m, err := Infer(text("b,x\nTrue,1.5\nFalse,2.5\nTrue,3.5\nFalse,1\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(text("b,x\ntrue,1.5\nFALSE,2.5\n"), m)
	if err != nil || c.Level(0, 0) != 1 || c.Level(1, 0) != 0 {
		t.Errorf("%v", err)
	}
}
