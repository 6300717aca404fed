package evaluate

import (
	"io"
	"math"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

// text is a source of rows of a CSV text.
func text(name, s string) datasets.Source {
	return datasets.CSVSource(name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil })
}

// numbers is a frame of columns of numbers.
func numbers(cols ...[]float64) *frame {
	f := &frame{n: len(cols[0])}
	for j, x := range cols {
		f.cols = append(f.cols, column{name: string(rune('a' + j)), field: j, num: x})
	}
	return f
}

// category is a column of the levels 0 … levels-1.
func category(levels int, codes ...int) column {
	c := column{name: "c", level: codes}
	for k := range levels {
		c.names = append(c.names, string(rune('p'+k)))
	}
	return c
}

// table returns n rows of a law with every kind of column, tied to each other:
// a number, one that depends on it, a zero-inflated one with missing cells,
// a category that depends on the first, and a class to predict.
func table(n int, seed uint64) *datasets.Cells {
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: n, Missing: datasets.DefaultMissing(), Columns: []datasets.Field{
		{Name: "x", Type: datasets.TypeNumeric, Wide: true},
		{Name: "y", Type: datasets.TypeNumeric, Wide: true},
		{Name: "z", Type: datasets.TypeNumeric, Wide: true},
		{Name: "kind", Type: datasets.TypeCategorical, Levels: []datasets.Level{{Name: "u"}, {Name: "v"}, {Name: "w"}}},
		{Name: "class", Type: datasets.TypeBoolean, Levels: []datasets.Level{{Name: "no"}, {Name: "yes"}}},
	}}
	for j := range 3 {
		m.Columns[j].Digits = &datasets.Digits{Max: datasets.Shortest}
	}
	return fill(m, n, seed)
}

func fill(m *datasets.Metadata, n int, seed uint64) *datasets.Cells {
	c := datasets.NewCells(m, n)
	draw := stream.New(seed, "test table")
	for i := range n {
		x := draw.NormFloat64()
		y := x*x + 0.1*draw.NormFloat64()
		c.SetNumber(i, 0, x)
		c.SetNumber(i, 1, y)
		switch u := draw.Float64(); {
		case u < 0.5:
			c.SetNumber(i, 2, 0)
		case u < 0.8:
			c.SetNumber(i, 2, math.Exp(x+0.2*draw.NormFloat64()))
		}
		kind := 0
		if x > 0.3 {
			kind = 1 + draw.IntN(2)
		}
		c.SetLevel(i, 3, kind)
		class := 0
		if y > 0.7 != (draw.Float64() < 0.05) {
			class = 1
		}
		c.SetLevel(i, 4, class)
	}
	return c
}

// near fails the test when a number is not what it should be.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.6g, want %.6g ± %.2g", what, got, want, tolerance)
	}
}
