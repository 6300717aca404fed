package datasets

import (
	"fmt"
	"slices"
	"testing"
)

// The values of a column of few whole numbers are those of its rows.
func TestFewValues(t *testing.T) {
	for _, c := range []struct {
		n    int
		cell func(i int) string
		want []float64
	}{
		{300, func(i int) string { return fmt.Sprint(i % 3) }, []float64{0, 1, 2}},
		{300, func(i int) string { return fmt.Sprint([]int{1, 1, 1, 2, 7}[i%5]) }, []float64{1, 2, 7}},
		{300, func(i int) string { return fmt.Sprint(-i % 4) }, []float64{-3, -2, -1, 0}},
		{40, func(i int) string { return fmt.Sprint(i % 4) }, []float64{0, 1, 2, 3}}, // standardized
		{300, func(i int) string { return fmt.Sprint(i * 7 % 300) }, nil},
		{300, func(i int) string { return fmt.Sprint(i%3) + ".5" }, []float64{0.5, 1.5, 2.5}},
		{300, func(i int) string { return string(rune('a' + i%3)) }, nil},
	} {
		csv := text(rowsOf(c.n, c.cell))
		m, err := Infer(csv, nil)
		if err != nil {
			t.Fatal(err)
		}
		cells, err := ReadCells(csv, m)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Fit(cells, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.FewValues("c0"); !slices.Equal(got, c.want) {
			t.Errorf("%d rows, %s …: %v, want %v", c.n, c.cell(1), got, c.want)
		}
		if e.FewValues("nosuch") != nil {
			t.Error("a column that is not there has values")
		}
	}
}
