package spec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// table is the cells and the codec of a table: a and b are numbers, m has missing cells,
// z is 3 in a quarter of the rows, an atom, k is a category. Numbers are standardized or encoded
// by their quantiles.
func table(t testing.TB, standard bool) (*datasets.Cells, *datasets.Codec) {
	t.Helper()
	var text bytes.Buffer
	text.WriteString("a,b,m,z,k\n")
	r := rand.New(rand.NewPCG(3, 5))
	for i := range 400 {
		m, z := fmt.Sprintf("%.3f", r.NormFloat64()), fmt.Sprintf("%.3f", 1+r.Float64())
		if i%10 == 0 {
			m = ""
		}
		if i%4 == 0 {
			z = "3.000"
		}
		a := r.NormFloat64()
		fmt.Fprintf(&text, "%.3f,%.3f,%s,%s,%s\n", 2+0.5*a, -1+math.Abs(a)+r.NormFloat64(), m, z, []string{"u", "v"}[r.IntN(2)])
	}
	raw := text.Bytes()
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
	meta, err := datasets.Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := datasets.ReadCells(src, meta)
	if err != nil {
		t.Fatal(err)
	}
	o := &datasets.FitOptions{}
	if standard {
		o.Knots = -1
	}
	c, err := datasets.Fit(cells, o)
	if err != nil {
		t.Fatal(err)
	}
	return cells, c
}

// numberAt is the position of a column of numbers.
func numberAt(t *testing.T, c *datasets.Codec, column string) int {
	t.Helper()
	at, _, err := c.Number(column)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// parse is Parse of a list of terms.
func parse(t *testing.T, terms ...string) *File {
	t.Helper()
	f, err := Parse("g.yaml", []byte("guide:\n  - "+strings.Join(terms, "\n  - ")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// refuses fails unless err mentions all of want.
func refuses(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	if err == nil || slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(err.Error(), w) }) {
		t.Errorf("%s: error %v, want %q", what, err, want)
	}
}

func near(a, b, tol float64) bool { return math.Abs(a-b) <= tol*math.Max(1, math.Abs(b)) }

func dense(rows, cols int, v ...float64) *mat.Dense { return mat.NewDense(rows, cols, v) }
