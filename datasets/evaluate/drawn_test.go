package evaluate

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/report"
	"tweedie/internal/stream"
)

// wide returns n rows of d columns, numbers and levels in turn, tied to their neighbors.
func wide(n, d int) func(seed uint64) *datasets.Cells {
	m := &datasets.Metadata{Version: datasets.MetadataVersion, Rows: n}
	for j := range d {
		f := datasets.Field{Name: fmt.Sprintf("a column with a long name, the %dth", j+1), Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: datasets.Shortest}}
		if j%3 == 2 {
			f = datasets.Field{Name: f.Name, Type: datasets.TypeCategorical}
			for k := range 12 {
				f.Levels = append(f.Levels, datasets.Level{Name: fmt.Sprintf("a level with a long name, the %02dth", k)})
			}
		}
		m.Columns = append(m.Columns, f)
	}
	return func(seed uint64) *datasets.Cells {
		c, draw := datasets.NewCells(m, n), stream.New(seed, "wide")
		for i := range n {
			z := draw.NormFloat64()
			for j := range d {
				z = 0.7*z + 0.7*draw.NormFloat64()
				if j%3 == 2 {
					c.SetLevel(i, j, int(math.Min(11, math.Abs(4*z))))
				} else if draw.Float64() > 0.1*float64(j%4) {
					c.SetNumber(i, j, z)
				}
			}
		}
		return c
	}
}

// Every column has its picture, and a page of fifty columns is below two megabytes.
func TestPageOfManyColumns(t *testing.T) {
	if testing.Short() {
		t.Skip("detection of a wide table")
	}
	fill := wide(400, 50)
	r := evaluate(t, &Tables{Real: fill(1), Synthetic: fill(2), Holdout: fill(3)}, nil)
	var b, again bytes.Buffer
	if err := r.WriteHTML(&b, Page{Command: "tweedie evaluate"}); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteHTML(&again, Page{Command: "tweedie evaluate"}); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the page differs from run to run: %v", err)
	}
	page := b.String()
	if len(page) > 2<<20 {
		t.Errorf("a page of %d bytes", len(page))
	}
	// 50 marginals, 1 of missing cells, 3 of association, 12 of pairs, 1 of distances.
	if n := strings.Count(page, `role="img"`); n != 67 {
		t.Errorf("%d drawings, want 67", n)
	}
	for _, want := range []string{"4 rarer levels not drawn", "50 columns are too many for their names", "Not shown: ", "Do it again"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if path := os.Getenv("REPORT_OUT"); path != "" {
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHistogram(t *testing.T) {
	bins, beyond := histogram([]float64{0, 0.01, 0.5, 1, 2, math.NaN()}, 0, 1)
	if bins[0] != 0.4 || bins[histogramBins/2] != 0.2 || bins[histogramBins-1] != 0.2 || beyond != 0.2 {
		t.Errorf("bins %v, beyond %v", bins, beyond)
	}
	if bins, _ = histogram([]float64{3, 3}, 3, 3); bins[histogramBins/2] != 1 {
		t.Errorf("a constant: %v", bins)
	}
}

// The heat maps have the correlations, the differences, and gaps for what does not vary.
func TestAssociations(t *testing.T) {
	up, down, flat := []float64{1, 2, 3, 4}, []float64{4, 3, 2, 1}, []float64{5, 5, 5, 5}
	number := func(name string, v []float64) column { return column{name: name, num: v} }
	real := &frame{n: 4, cols: []column{number("a", up), number("b", up), number("c", flat)}}
	fake := &frame{n: 4, cols: []column{number("a", up), number("b", down), number("c", up)}}
	var v [3][][]float64
	for k, p := range associations(real, fake) {
		v[k] = p.Drawing.(report.Heat).Values
	}
	for k, want := range []float64{1, -1, -2} {
		near(t, fmt.Sprint("value ", k), v[k][0][1], want, 1e-12)
		near(t, fmt.Sprint("value ", k, " mirrored"), v[k][1][0], want, 1e-12)
		if !math.IsNaN(v[k][0][2]) || !math.IsNaN(v[k][1][1]) {
			t.Errorf("a constant and the diagonal are not empty: %v", v[k])
		}
	}
}
