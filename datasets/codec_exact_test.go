package datasets

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// numbersOfRows is a table of one column of numbers, a function of the row.
func fittedNumbers(t *testing.T, n int, o *FitOptions, number func(i int) float64, change func(m *Metadata)) *Codec {
	t.Helper()
	m := &Metadata{Version: MetadataVersion, Rows: n, Columns: []Field{{Name: "x", Type: TypeNumeric, Wide: true, Digits: &Digits{0, 2}}}}
	if change != nil {
		change(m)
	}
	c := NewCells(m, n)
	for i := range n {
		c.SetNumber(i, 0, number(i))
	}
	e, err := Fit(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A range of the metadata that is wider than the data on either side is reached.
func TestWiderRangeIsReached(t *testing.T) {
	for _, c := range []struct {
		r      Range
		lo, hi float64 // decoded from z of -30 and 30
	}{
		{Range{0, 10}, 0, 10}, {Range{-5, 10}, -5, 10}, {Range{0, 15}, 0, 15}, {Range{-5, 15}, -5, 15},
	} {
		e := fittedNumbers(t, 1000, nil, func(i int) float64 { return float64(i%1001) / 100 }, func(m *Metadata) { m.Columns[0].Range = &c.r })
		z, back := mat.NewDense(2, 1, []float64{-30, 30}), NewCells(e.Metadata(), 0)
		if err := e.Decode(back, z, Decoding{}); err != nil {
			t.Fatal(err)
		}
		lo, hi := back.Number(0, 0), back.Number(1, 0)
		if math.Abs(lo-c.lo) > 0.011 || math.Abs(hi-c.hi) > 0.011 {
			t.Errorf("%v: decoded to %g and %g", c.r, lo, hi)
		}
	}
}

// Beyond the knots of a column that is clipped the value does not change.
func TestToValueBeyondKnots(t *testing.T) {
	for _, extrapolate := range []bool{false, true} {
		e := fittedNumbers(t, 1000, &FitOptions{Extrapolate: extrapolate}, func(i int) float64 { return float64(i) / 100 }, nil)
		m := e.Metadata().Columns[0].Map
		for _, z := range []float64{m.Z[0] - 1, m.Z[len(m.Z)-1] + 1} {
			v, slope := e.ToValue(0, z)
			if !extrapolate && (slope != 0 || v != min(max(v, m.X[0]), m.X[len(m.X)-1])) || extrapolate && slope <= 0 {
				t.Errorf("extrapolate %v, z = %g: %g with slope %g", extrapolate, z, v, slope)
			}
		}
		if _, slope := e.ToValue(0, 0); slope <= 0 {
			t.Errorf("slope %g at 0", slope)
		}
	}
}

// A level of the metadata that no row has is possible: it has the share of half a row.
func TestLevelsWithoutRows(t *testing.T) {
	m := &Metadata{Version: MetadataVersion, Rows: 4, Columns: []Field{{Name: "k", Type: TypeCategorical, Levels: []Level{{Name: "a"}, {Name: "b"}, {Name: "c"}}}}}
	c := NewCells(m, 4)
	for i, k := range []int{0, 0, 0, 2} {
		c.SetLevel(i, 0, k)
	}
	e, err := Fit(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b := e.Blocks()[0]; !closeTo(b.Freq, []float64{3 / 4.5, .5 / 4.5, 1 / 4.5}) {
		t.Errorf("shares %v", b.Freq)
	}
	if names := e.Names(); !slices.Equal(names, []string{"k=a", "k=b", "k=c"}) {
		t.Errorf("names %q", names)
	}
}

// A number that is typed stands for the middle of its cell: it comes back as it is, of
// every column of numbers.
func TestEncodedCellsComeBack(t *testing.T) {
	_, e := fitted(t, stock(1000), nil, nil)
	row := make([]float64, e.Dim())
	for column, cells := range map[string][]string{"c2": {"2024-02-29", "2024-11-03"}, "c3": {"-0.125", "0.999", "1.5"}, "c4": {"3.5", "19.9"}} {
		at, present, err := e.Number(column)
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range cells {
			if err := e.EncodeCell(row, column, cell); err != nil {
				t.Fatal(err)
			}
			c := NewCells(e.Metadata(), 1)
			if err := c.SetText(0, column, cell); err != nil {
				t.Fatal(err)
			}
			want := c.Number(0, slices.IndexFunc(e.meta.Columns, func(f Field) bool { return f.Name == column }))
			if v, _ := e.ToValue(at, row[at]); math.Abs(v-want) > 1e-9*math.Max(1, math.Abs(want)) {
				t.Errorf("%s = %s is encoded as %v, want %v", column, cell, v, want)
			}
			if present >= 0 && (row[present] != 1 || row[present+1] != 0) {
				t.Errorf("%s = %s: flags %v", column, cell, row[present:present+2])
			}
		}
		if err := e.EncodeCell(row, "c4", ""); err != nil || !math.IsNaN(row[12]) || row[10] != 0 || row[11] != 1 {
			t.Errorf("a missing cell is encoded as %v: %v", row[10:13], err)
		}
	}
}

// The log derivative of a row is the sum over its numbers, but those that are missing.
func TestLogDetAdds(t *testing.T) {
	_, e := fitted(t, stock(1000), nil, nil)
	z, det := mat.NewDense(2, e.Dim(), nil), make([]float64, 2)
	want := [2]float64{}
	for _, column := range []string{"c0", "c2", "c3", "c4", "end"} {
		at, _, err := e.Number(column)
		if err != nil {
			t.Fatal(err)
		}
		z.Set(0, at, 0.3)
		z.Set(1, at, -0.4)
		_, a := e.ToValue(at, 0.3)
		_, b := e.ToValue(at, -0.4)
		want[0] += math.Log(a)
		if column == "c4" {
			z.Set(1, at, math.NaN())
			continue
		}
		want[1] += math.Log(b)
	}
	if e.LogDet(det, z); !closeTo(det, want[:]) {
		t.Errorf("%v, want %v", det, want)
	}
}

// Rows of equal cells are spread over the cell independently, and so are their columns.
func TestDequantizationIsUniform(t *testing.T) {
	const n = 4000
	m := &Metadata{Version: MetadataVersion, Rows: n, Columns: []Field{
		{Name: "x", Type: TypeInteger, Wide: true, Digits: &Digits{}}, {Name: "y", Type: TypeInteger, Wide: true, Digits: &Digits{}}}}
	c := NewCells(m, n)
	for i := range n {
		c.SetNumber(i, 0, float64(i%2))
		c.SetNumber(i, 1, float64(i/2%2))
	}
	e, err := Fit(c, &FitOptions{Knots: -1})
	if err != nil {
		t.Fatal(err)
	}
	z := mat.NewDense(n, 2, nil)
	e.Encode(z, c, nil, 3)
	var offsets [2][]float64
	product := 0.0
	for i := range n {
		var u [2]float64
		for j := range 2 {
			f := e.Metadata().Columns[j].Map
			u[j] = (f.Mean + f.Std*z.At(i, j) - c.Number(i, j)) / inner // uniform on (-½, ½)
			offsets[j] = append(offsets[j], u[j])
		}
		product += 12 * u[0] * u[1] / n
	}
	for j := range 2 {
		slices.Sort(offsets[j])
		most := 0.0
		for i, u := range offsets[j] {
			most = max(most, math.Abs(u+0.5-(float64(i)+0.5)/n))
		}
		if limit := 2 / math.Sqrt(n); most > limit {
			t.Errorf("column %d: offsets are %.3f from uniform, limit %.3f", j, most, limit)
		}
	}
	if math.Abs(product) > 4/math.Sqrt(n) {
		t.Errorf("the offsets of two columns have correlation %.3f", product)
	}
}

// Rare levels of two columns are drawn independently, and differently in other rows.
func TestGroupsAreIndependent(t *testing.T) {
	const n, levels = 4000, 8
	m := &Metadata{Version: MetadataVersion, Rows: 100}
	for _, name := range []string{"a", "b"} {
		f := Field{Name: name, Type: TypeCategorical}
		for k := range levels {
			f.Levels = append(f.Levels, Level{Name: fmt.Sprint(k), Count: 10, Grouped: k > 0})
		}
		m.Columns = append(m.Columns, f)
	}
	e, err := NewCodec(m, false)
	if err != nil {
		t.Fatal(err)
	}
	z := mat.NewDense(n, 4, nil)
	for i := range n {
		z.Set(i, 1, 1)
		z.Set(i, 3, 1)
	}
	c := NewCells(m, 0)
	draw := func(o Decoding) (list [n][2]int) {
		if err := e.Decode(c, z, o); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			list[i] = [2]int{c.Level(i, 0), c.Level(i, 1)}
		}
		return list
	}
	all := draw(Decoding{Seed: 5})
	same := 0
	for _, l := range all {
		if l[0] == l[1] {
			same++
		}
	}
	const p = 1. / (levels - 1)
	if d := float64(same) - n*p; d*d > 25*n*p*(1-p) {
		t.Errorf("%d of %d rows have the same level twice, %.0f expected", same, n, n*p)
	}
	if next := draw(Decoding{Seed: 5, FirstRow: 1}); !slices.Equal(next[:n-1], all[1:]) || next[0] == all[0] && next[1] == all[1] && next[2] == all[2] {
		t.Error("the draw does not depend on the row alone")
	}
	if other := draw(Decoding{Seed: 6}); slices.Equal(other[:], all[:]) {
		t.Error("the draw does not depend on the seed")
	}
}
