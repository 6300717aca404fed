package datasets

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// The offset of a cell is the next number of the stream of (seed, row).
func TestOffsetsByHand(t *testing.T) {
	c, e := fitted(t, mixedRows(60), nil, &FitOptions{Knots: -1, KeepAtoms: true})
	z := mat.NewDense(2, e.Dim(), nil)
	e.Encode(z, c, []int{7, 40}, 9)
	for r, i := range []int{7, 40} {
		s := stream.New(9, "datasets/dequantise", uint64(i))
		for j, step := range []float64{1, 1, 0.1} {
			mean, std, ok := e.Affine(j)
			if want := (c.Number(i, j) + (s.Float64()-0.5)*0.98*step - mean) / std; !ok || math.Abs(z.At(r, j)-want) > 1e-9 {
				t.Errorf("row %d, column %d: %g, want %g", i, j, z.At(r, j), want)
			}
		}
	}
	_, e = fitted(t, mixedRows(400), nil, nil)
	if _, _, ok := e.Affine(0); ok {
		t.Error("a map with knots is said to be affine")
	}
}

func TestSizesOfClusterings(t *testing.T) {
	for _, c := range []struct{ n, own, wantOwn, clusters int }{{1000, 100, 100, 120}, {20, 20, 16, 2}, {300, 256, 256, 22}, {10256, 256, 256, 400}} {
		if got := newClustering(c.n, c.own); got.Own != c.wantOwn || got.Clusters != c.clusters {
			t.Errorf("%d levels: %+v, want %d of their own and %d clusters", c.n, got, c.wantOwn, c.clusters)
		}
	}
}

func TestOrderOfLevels(t *testing.T) {
	for _, names := range [][]string{{"10", "2", "x"}, {"-1", "2", "10"}, {"a", "b"}, {"1", "10", "2", "2b"}} {
		for rotate := range names {
			var levels []Level
			for i := range names {
				levels = append(levels, Level{Name: names[(i+rotate)%len(names)]})
			}
			order(levels)
			for i, l := range levels {
				if l.Name != names[i] {
					t.Errorf("%v in place of %v", levels, names)
					break
				}
			}
		}
	}
}

// Beyond the knots a map follows the outer tenths: here of slope 3 and 2, and 1 between.
func TestTailsFollowTheOuterTenths(t *testing.T) {
	const n, turn = 4000, 1.2815515655446004
	var sorted []float64
	for i := range n {
		z := quantileNormal((float64(i) + 0.5) / n)
		x := z + 2*max(z-turn, 0) + min(z+turn, 0)
		sorted = append(sorted, x)
	}
	m := fitTransform(sorted, 0, 400)
	if math.Abs(m.Tails[0]-2) > 0.2 || math.Abs(m.Tails[1]-3) > 0.3 {
		t.Errorf("tails %v, want 2 and 3", m.Tails)
	}
}

// A tenth of the rows are knots, at most 1000.
func TestNumberOfKnots(t *testing.T) {
	for _, c := range []struct{ rows, least, most int }{{400, 30, 45}, {5000, 450, 520}, {30000, 900, 1100}} {
		var b strings.Builder
		b.WriteString("x,y\n")
		r := stream.New(1, "datasets/test/knots")
		for range c.rows {
			fmt.Fprintf(&b, "%v,%v\n", r.NormFloat64(), r.NormFloat64())
		}
		_, e := fitted(t, text(b.String()), nil, nil)
		if n := len(e.Metadata().Columns[0].Map.X); n < c.least || n > c.most {
			t.Errorf("%d rows: %d knots", c.rows, n)
		}
	}
}

func TestMapsOutOfOrder(t *testing.T) {
	good := Transform{Std: 1, X: []float64{0, 1, 2}, Z: []float64{-1, 0, 1}, Tails: [2]float64{1, 1}}
	if found := good.invalid(); found != "" {
		t.Fatal(found)
	}
	for what, change := range map[string]func(*Transform){
		"equal z":      func(m *Transform) { m.Z = []float64{-1, 0, 0} },
		"falling z":    func(m *Transform) { m.Z = []float64{-1, 1, 0} },
		"NaN z":        func(m *Transform) { m.Z = []float64{-1, math.NaN(), 1} },
		"falling x":    func(m *Transform) { m.X = []float64{0, 2, 1} },
		"lengths":      func(m *Transform) { m.X = []float64{0, 1} },
		"one knot":     func(m *Transform) { m.X, m.Z = m.X[:1], m.Z[:1] },
		"no tail":      func(m *Transform) { m.Tails[0] = 0 },
		"infinite x":   func(m *Transform) { m.X = []float64{0, 1, math.Inf(1)} },
		"negative std": func(m *Transform) { m.Std = -1 },
		"NaN mean":     func(m *Transform) { m.Mean = math.NaN() },
	} {
		m := good
		change(&m)
		if m.invalid() == "" {
			t.Errorf("%s: accepted", what)
		}
	}
}

func TestDigitsAfterThePoint(t *testing.T) {
	for cell, want := range map[string]int{"1": 0, "1.50": 2, "1e-3": 3, "1.5e-3": 4, "12e2": 0, "1.25e1": 1, "1.25E+5": 0, "-0.5": 1} {
		if _, got, is := parseNumber(cell); got != want || is != isNumber {
			t.Errorf("%s has %d digits after the point, want %d", cell, got, want)
		}
	}
	f := newDecimal(2, false)
	for v, want := range map[float64]float64{1.2345: 1.23, -1.2355: -1.24, 1e14 + 0.015625: 1e14 + 0.015625, 0.004: 0} {
		if got := f.round(v); got != want || math.Signbit(got) && got == 0 {
			t.Errorf("%v is rounded to %v, want %v", v, got, want)
		}
	}
}

// Texts of which 95 % differ name the rows; so do whole numbers from 0 or 1 on.
func TestWhatNamesTheRows(t *testing.T) {
	table := func(cell func(i int) string) Type {
		var b strings.Builder
		b.WriteString("c,x,y\n")
		r := stream.New(2, "datasets/test/names")
		for i := range 100 {
			fmt.Fprintf(&b, "%s,%.3f,%.3f\n", cell(i), r.NormFloat64(), r.NormFloat64())
		}
		m, err := Infer(text(b.String()), nil)
		if err != nil {
			t.Fatal(err)
		}
		return m.Columns[0].Type
	}
	distinct := func(n int) func(int) string {
		return func(i int) string { return fmt.Sprintf("w%dq", min(i, n-1)) }
	}
	for what, c := range map[string]struct {
		cell func(int) string
		want bool
	}{
		"95 texts":   {distinct(95), true},
		"94 texts":   {distinct(94), false}, // but those of one row are masked
		"from 0":     {func(i int) string { return fmt.Sprint(i) }, true},
		"from 1":     {func(i int) string { return fmt.Sprint(i + 1) }, true},
		"from 2":     {func(i int) string { return fmt.Sprint(i + 2) }, false},
		"with a gap": {func(i int) string { return strings.TrimSuffix(fmt.Sprint(i+1), "50") }, false},
		"with jumps": {func(i int) string { return fmt.Sprint(2 * i) }, false},
	} {
		if got := table(c.cell); (got == TypeIdentifier) != c.want {
			t.Errorf("%s: %s", what, got)
		}
	}
}
