package datasets

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// mixedRows are rows of two whole numbers, a decimal and a category.
func mixedRows(n int) Source {
	r := stream.New(3, "datasets/test/pins")
	var b strings.Builder
	b.WriteString("a,b,c,kind\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%d,%.1f,%s\n", int(40*r.NormFloat64()), int(math.Exp(3+r.NormFloat64())), 5*r.NormFloat64(), []string{"x", "y", "z"}[i%3])
	}
	return text(b.String())
}

// Equal cells are spread over their step by offsets that differ from row to row, from
// column to column and from seed to seed, and are uniform.
func TestOffsetsOfEqualCells(t *testing.T) {
	const n = 2000
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%d\n", i%40, i%40)
	}
	c, e := fitted(t, text(b.String()), &InferOptions{Types: map[string]Type{"a": TypeInteger, "b": TypeInteger}}, &FitOptions{Knots: -1, KeepAtoms: true})
	z := mat.NewDense(n, e.Dim(), nil)
	offset := func(i, column int) float64 { // in units of the filled part of the cell
		mean, std, ok := e.Affine(column)
		if !ok {
			t.Fatal("not affine")
		}
		return (mean+std*z.At(i, column)-float64(i%40))/inner + 0.5
	}
	e.Encode(z, c, nil, 1)
	var sum, square, rows, columns float64
	for i := range n {
		u, v := offset(i, 0)-0.5, offset(i, 1)-0.5
		if math.Abs(u) > 0.5+1e-9 {
			t.Fatalf("row %d: offset %g", i, u)
		}
		sum, square, columns = sum+u/n, square+u*u/n, columns+u*v/n
		if i > 0 {
			rows += u * (offset(i-1, 0) - 0.5) / n
		}
	}
	// Variance of u 1/12, of u² 1/180, of u v 1/144: 4 standard errors.
	if s := 4 / math.Sqrt(n); math.Abs(sum) > s/math.Sqrt(12) || math.Abs(square-1./12) > s/math.Sqrt(180) || math.Abs(rows) > s/12 || math.Abs(columns) > s/12 {
		t.Errorf("offsets: mean %g, variance %g, of neighbors %g, of columns %g", sum, square, rows, columns)
	}
	// A row has its offsets whatever the other rows of the call, and others by another seed.
	first := offset(77, 0)
	part := mat.NewDense(2, e.Dim(), nil)
	e.Encode(part, c, []int{5, 77}, 1)
	if part.At(1, 0) != z.At(77, 0) || part.At(0, 1) != z.At(5, 1) {
		t.Error("offsets depend on the rows asked for")
	}
	e.Encode(z, c, nil, 2)
	if offset(77, 0) == first {
		t.Error("another seed has the same offsets")
	}
}

// ln |dx/dz| is the sum over the numbers, by differences of ToValue.
func TestLogDetOfSeveralNumbers(t *testing.T) {
	c, e := fitted(t, mixedRows(400), nil, nil)
	z := mat.NewDense(c.Rows(), e.Dim(), nil)
	e.Encode(z, c, nil, 1)
	dst := make([]float64, c.Rows())
	e.LogDet(dst, z)
	compared := 0
	for i := range 50 {
		want, ok := 0.0, true
		for _, column := range []string{"a", "b", "c"} {
			at, _, err := e.Number(column)
			if err != nil {
				t.Fatal(err)
			}
			if math.IsNaN(z.At(i, at)) {
				continue
			}
			const h = 1e-7
			up, su := e.ToValue(at, z.At(i, at)+h)
			down, sd := e.ToValue(at, z.At(i, at)-h)
			want += math.Log((up - down) / (2 * h))
			ok = ok && su == sd // no knot in between
		}
		if ok {
			compared++
			if math.Abs(dst[i]-want) > 1e-4 {
				t.Errorf("row %d: %g, want %g", i, dst[i], want)
			}
		}
	}
	if compared < 30 {
		t.Errorf("%d rows compared", compared)
	}
}

// A clipped value does not move with z; one that may leave the range that was seen does.
func TestSlopeBeyondTheKnots(t *testing.T) {
	for _, open := range []bool{false, true} {
		_, e := fitted(t, mixedRows(400), nil, &FitOptions{Extrapolate: open})
		at, _, err := e.Number("c")
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range []float64{-9, 9} {
			v, slope := e.ToValue(at, z)
			w, _ := e.ToValue(at, z+1e-3)
			if d := (w - v) / 1e-3; math.Abs(d-slope) > 1e-6*(1+math.Abs(d)) || (slope > 0) != open {
				t.Errorf("open %v: the slope at z = %g is %g, by differences %g", open, z, slope, d)
			}
			if back := e.FromValue(at, v); open && math.Abs(back-z) > 1e-6 || !open && math.Abs(back) > 4 {
				t.Errorf("open %v: %g comes back as %g", open, z, back)
			}
		}
	}
}

// A number that is given as text stands for the middle of its cell.
func TestTextIsTheMiddleOfItsCell(t *testing.T) {
	_, e := fitted(t, mixedRows(400), nil, nil)
	row := make([]float64, e.Dim())
	for column, cells := range map[string][]string{"a": {"-13", "0", "21"}, "c": {"-3.4", "0.1", "4.7"}} {
		at, _, err := e.Number(column)
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range cells {
			if err := e.EncodeCell(row, column, cell); err != nil {
				t.Fatal(err)
			}
			var want float64
			fmt.Sscan(cell, &want)
			if v, _ := e.ToValue(at, row[at]); math.Abs(v-want) > 1e-6 {
				t.Errorf("%s = %s stands for %g", column, cell, v)
			}
		}
	}
}

// Grouped levels of two columns are drawn independently, by their frequency.
func TestGroupsAreDrawnApart(t *testing.T) {
	const n = 3000
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range 400 {
		level := "big"
		if i%10 == 0 {
			level = fmt.Sprintf("rare%d", i/10%4)
		}
		fmt.Fprintf(&b, "%s,%s\n", level, level)
	}
	_, e := fitted(t, text(b.String()), &InferOptions{MaxLevels: 2}, nil)
	z := mat.NewDense(n, e.Dim(), nil)
	for i := range n {
		z.SetRow(i, []float64{0, 1, 0, 1}) // the group, in both
	}
	back := NewCells(e.Metadata(), 0)
	if err := e.Decode(back, z, Decoding{Seed: 4}); err != nil {
		t.Fatal(err)
	}
	same, count := 0, map[int]int{}
	for i := range n {
		if back.Level(i, 0) == back.Level(i, 1) {
			same++
		}
		count[back.Level(i, 0)]++
	}
	if p := float64(same) / n; math.Abs(p-0.25) > 4*math.Sqrt(0.25*0.75/n) || len(count) != 4 {
		t.Errorf("%.3f of the rows have the same of 4 rare levels in both columns, levels %v", p, count)
	}
	part := NewCells(e.Metadata(), 0)
	if err := e.Decode(part, z.Slice(7, 20, 0, 4).(*mat.Dense), Decoding{Seed: 4, FirstRow: 7}); err != nil {
		t.Fatal(err)
	}
	for i := range 13 {
		if part.Level(i, 0) != back.Level(7+i, 0) {
			t.Fatal("levels depend on the first row of the call")
		}
	}
}

// Below SmallTable rows numbers are standardized; the default is 100.
func TestSmallTable(t *testing.T) {
	for _, c := range []struct {
		rows, small int
		knots       bool
	}{{99, 0, false}, {100, 0, true}, {99, 50, true}, {49, 50, false}, {30, -1, true}, {300, 400, false}} {
		_, e := fitted(t, mixedRows(c.rows), nil, &FitOptions{SmallTable: c.small})
		if m := e.Metadata().Field("c").Map; (m.X != nil) != c.knots {
			t.Errorf("%d rows, small below %d: knots %v", c.rows, c.small, m.X)
		}
	}
}

// A level that no row has is possible still, with half a row's share.
func TestLevelsThatNoRowHas(t *testing.T) {
	src := mixedRows(300)
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	kind := m.Field("kind")
	kind.Levels = append(kind.Levels, Level{Name: "none"})
	c, err := ReadCells(src, m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Fit(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range e.Blocks() {
		if b.Column == "kind" {
			for k, want := range []float64{100, 100, 100, 0.5} {
				if math.Abs(b.Freq[k]-want/300.5) > 1e-12 {
					t.Errorf("share of %s: %g, want %g", b.Levels[k], b.Freq[k], want/300.5)
				}
			}
		}
	}
}

// A range of the metadata that is wider than the data can be generated, up to its ends.
func TestRangeWiderThanTheData(t *testing.T) {
	src := mixedRows(400)
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := m.Field("c")
	seen := *f.Range
	for _, side := range []Range{{seen.Min - 50, seen.Max}, {seen.Min, seen.Max + 50}} {
		f.Range = &side
		c, err := ReadCells(src, m)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Fit(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		at, _, err := e.Number("c")
		if err != nil {
			t.Fatal(err)
		}
		z := mat.NewDense(4, e.Dim(), nil)
		for i, v := range []float64{-30, -6, 6, 30} {
			for _, b := range e.Blocks() {
				z.Set(i, b.Start, 1)
			}
			z.Set(i, at, v)
		}
		back := NewCells(e.Metadata(), 0)
		if err := e.Decode(back, z, Decoding{}); err != nil {
			t.Fatal(err)
		}
		lo, below, above, hi := back.Number(0, 2), back.Number(1, 2), back.Number(2, 2), back.Number(3, 2)
		if lo != side.Min || hi != side.Max || (below < seen.Min) != (side.Min < seen.Min) || (above > seen.Max) != (side.Max > seen.Max) {
			t.Errorf("of %v, seen %v: %g, %g, %g, %g", side, seen, lo, below, above, hi)
		}
	}
}

func TestConditionsHaveNoGaps(t *testing.T) {
	m, err := Infer(text("kind,v\n"+strings.Repeat("a,1.5\nb,2.25\n,3.5\n", 20)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetConditions([]string{"kind"}); err == nil || !strings.Contains(err.Error(), "missing cells") {
		t.Errorf("a condition with missing cells: %v", err)
	}
}
