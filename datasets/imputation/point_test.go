package imputation

import (
	"fmt"
	"math"
	"testing"

	"tweedie/datasets"
)

func TestPoint(t *testing.T) {
	m := &datasets.Metadata{Columns: []datasets.Field{
		{Name: "x", Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: 1}},
		{Name: "k", Type: datasets.TypeCategorical, Levels: []datasets.Level{{Name: "u"}, {Name: "v"}, {Name: "w"}}},
		{Name: "c", Type: datasets.TypeConstant, Value: "7"},
	}}
	nan := math.NaN()
	of := func(numbers []float64, levels []int) string {
		var draws []*datasets.Cells
		for i, v := range numbers {
			d := datasets.NewCells(m, 2)
			d.SetNumber(0, 0, v)
			d.SetLevel(0, 1, levels[i])
			d.SetNumber(1, 0, 100) // known in the table
			d.SetLevel(1, 1, 0)
			draws = append(draws, d)
		}
		c := datasets.NewCells(m, 2)
		c.SetNumber(1, 0, 8.5)
		c.SetLevel(1, 1, 2)
		p := Point(c, draws)
		if !c.Missing(0, 0) || !c.Missing(0, 1) {
			t.Error("the table is changed")
		}
		if p.Number(1, 0) != 8.5 || p.Level(1, 1) != 2 {
			t.Error("known cells are changed")
		}
		return fmt.Sprint(p.Number(0, 0), p.Level(0, 1))
	}
	for _, c := range []struct {
		numbers []float64
		levels  []int
		want    string
	}{
		{[]float64{3, 1, 2}, []int{2, 1, 2}, "2 2"},
		{[]float64{9, 1, 2, 3}, []int{2, 1, 1, 2}, "3 1"}, // the mean is above 3
		{[]float64{-9, 1, 2, 3}, []int{0, 1, 1, 1}, "1 1"},
		{[]float64{3.4, 0, 1, 2}, []int{0, 1, 2, 2}, "2 2"}, // the mean is 1.6
		{[]float64{1, 2}, []int{2, 0}, "1 0"},               // equally near, equally frequent
		{[]float64{5}, []int{0}, "5 0"},
		{[]float64{nan, 4, nan}, []int{-1, -1, 2}, "4 2"},
		{[]float64{nan}, []int{-1}, "NaN -1"},
		{nil, nil, "NaN -1"},
	} {
		if got := of(c.numbers, c.levels); got != c.want {
			t.Errorf("%v, %v: %s, want %s", c.numbers, c.levels, got, c.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a draw of other rows passes")
		}
	}()
	Point(datasets.NewCells(m, 2), []*datasets.Cells{datasets.NewCells(m, 1)})
}
