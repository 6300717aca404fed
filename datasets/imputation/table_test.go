package imputation

import (
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tweedie/datasets"
)

// table reads text as a CSV file.
func table(t testing.TB, text string, types map[string]datasets.Type) *datasets.Cells {
	t.Helper()
	src := datasets.CSVSource("table", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	m, err := datasets.Infer(src, &datasets.InferOptions{Types: types})
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// numbers returns a table of n rows and d columns of numbers that a common
// factor correlates, and as many categories of three levels.
func numbers(n, d, categories int, seed uint64) *datasets.Cells {
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: n}
	for j := range d {
		m.Columns = append(m.Columns, datasets.Field{Name: string(rune('a' + j)), Type: datasets.TypeNumeric,
			Digits: &datasets.Digits{Max: datasets.Shortest}, Wide: true})
	}
	for j := range categories {
		m.Columns = append(m.Columns, datasets.Field{Name: string(rune('p' + j)), Type: datasets.TypeCategorical,
			Levels: []datasets.Level{{Name: "x"}, {Name: "y"}, {Name: "z"}}})
	}
	r := rand.New(rand.NewPCG(seed, 1))
	c := datasets.NewCells(m, n)
	for i := range n {
		f := r.NormFloat64()
		for j := range d {
			c.SetNumber(i, j, 0.8*f+0.6*r.NormFloat64())
		}
		for j := range categories {
			level := int(math.Floor(1.5 + 0.8*f + 0.6*r.NormFloat64()))
			c.SetLevel(i, d+j, min(max(level, 0), 2))
		}
	}
	return c
}

// equal reports whether all cells are the same.
func equal(a, b *datasets.Cells) bool {
	if a.Rows() != b.Rows() {
		return false
	}
	x, y := newFrame(a), newFrame(b)
	for k := range x.x {
		for i := range x.x[k] {
			if v, w := x.x[k][i], y.x[k][i]; v != w && !(math.IsNaN(v) && math.IsNaN(w)) {
				return false
			}
		}
	}
	return true
}
