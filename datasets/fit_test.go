package datasets

import (
	"strings"
	"testing"
)

// Below SmallTable rows columns are standardized, and Knots decides from there on.
func TestSmallTables(t *testing.T) {
	number := func(i int) float64 { return float64(i*i%997) + float64(i)/100 }
	for _, c := range []struct {
		rows  int
		o     FitOptions
		knots int // 0 for an affine map
	}{
		{99, FitOptions{}, 0}, {100, FitOptions{}, 11}, {101, FitOptions{}, 11}, {99, FitOptions{SmallTable: -1}, 11}, {199, FitOptions{SmallTable: 200}, 0},
		{200, FitOptions{SmallTable: 200}, 21}, {200, FitOptions{Knots: -1}, 0}, {200, FitOptions{Knots: 50}, 51}, {12000, FitOptions{}, 1001},
	} {
		e := fittedNumbers(t, c.rows, &c.o, number, nil)
		if got := len(e.Metadata().Columns[0].Map.X); got < c.knots-4 || got > c.knots+2 && c.knots < 1000 || c.knots == 0 && got > 0 || got > 1100 {
			t.Errorf("%d rows, %+v: %d knots, want %d", c.rows, c.o, got, c.knots)
		}
		if _, _, ok := e.Affine(0); ok != (c.knots == 0) {
			t.Errorf("%d rows, %+v: affine %v", c.rows, c.o, ok)
		}
	}
}

// A spread beyond a float64 is an error of its column.
func TestFitErrs(t *testing.T) {
	for _, values := range [][]float64{{-1.5e308, 1.5e308}, {1e-300, 2e-300}} {
		m := &Metadata{Version: MetadataVersion, Columns: []Field{
			{Name: "wide", Type: TypeNumeric, Wide: true, Digits: &Digits{Max: Shortest}}, {Name: "x", Type: TypeNumeric, Wide: true, Digits: &Digits{Max: Shortest}}}}
		c := NewCells(m, 40)
		for i := range 40 {
			c.SetNumber(i, 0, values[i%2]*(float64(i+1)/40))
			c.SetNumber(i, 1, float64(i))
		}
		_, err := Fit(c, nil)
		if err == nil || !strings.Contains(err.Error(), `column "wide": its spread is beyond a float64; rescale the column`) {
			t.Errorf("%v: %v", values, err)
		}
	}
	m := &Metadata{Version: MetadataVersion, Columns: []Field{{Name: "x", Type: TypeNumeric, Digits: &Digits{}}}}
	if _, err := Fit(NewCells(m, 3), nil); err == nil || !strings.Contains(err.Error(), `column "x": no value in any of the rows`) {
		t.Error(err)
	}
}

// A condition has no missing cells, and the names of others than conditions are given back.
func TestConditionsAreWhole(t *testing.T) {
	m, err := Infer(text("a,b,x\nu,p,1.5\nv,,2.5\nu,q,3.25\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetConditions([]string{"b"}); err == nil || !strings.Contains(err.Error(), `column "b": a condition with missing cells`) {
		t.Error(err)
	}
	if err := m.SetConditions([]string{"a"}); err != nil || !m.Columns[0].Condition || m.Columns[1].Condition {
		t.Errorf("%v, %+v", err, m.Columns)
	}
	if err := m.SetConditions(nil); err != nil || m.Columns[0].Condition {
		t.Errorf("a condition stays: %v", err)
	}
}
