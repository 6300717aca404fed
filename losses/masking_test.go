package losses

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestMasking(t *testing.T) {
	const n = 40000
	o := Masking{Columns: [][]Positions{{{0, 2}, {2, 3}}, {{3, 4}}, {{4, 5}}}, Share: 0.5}
	if err := o.Validate(5); err != nil {
		t.Fatal(err)
	}
	x := normals(n, 5, "x")
	x.Set(7, 2, math.NaN())
	known := mat.NewDense(n, 5, nil)
	var p Problem
	o.Draw(known, x, Batch{Seed: 3, Step: 2, Total: n}, &p)
	var flag, number, none, both float64
	for i := range n {
		row := known.RawRowView(i)
		given := 0
		for j, v := range row {
			if !math.IsNaN(v) {
				given++
				if v != x.At(i, j) {
					t.Fatalf("row %d is given %v, and is %v", i, row, x.RawRowView(i))
				}
			}
		}
		if math.IsNaN(row[0]) != math.IsNaN(row[1]) || !math.IsNaN(row[2]) && math.IsNaN(row[0]) {
			t.Fatalf("row %d: %v", i, row)
		}
		if given == 0 {
			none++
		}
		if !math.IsNaN(row[0]) {
			flag++
			if !math.IsNaN(row[2]) {
				number++
			}
			if !math.IsNaN(row[3]) {
				both++
			}
		}
	}
	// Over r ~ U(0, 1): a column is given in ½ of the rows of the share, two in
	// ⅓, none of three in ¼; the number of a flag that is in ¾.
	check := func(what string, got, want float64) error {
		m := moments{}
		for i := range n {
			v := 0.0
			if float64(i) < got {
				v = 1
			}
			m.add(v)
		}
		return m.within(what, want, 4)
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{{"flag", flag, 0.25}, {"number", number, 0.1875}, {"none", none, 0.625}, {"both", both, 1. / 6}} {
		if err := check(c.what, c.got, c.want); err != nil {
			t.Error(err)
		}
		mustFail(t, c.what+" with a planted error", check(c.what, c.got, c.want*1.1))
	}
	part := mat.NewDense(100, 5, nil)
	o.Draw(part, x.Slice(500, 600, 0, 5).(*mat.Dense), Batch{Seed: 3, Step: 2, First: 500, Total: n}, &p)
	for i := range 100 {
		for j := range 5 {
			if math.Float64bits(part.At(i, j)) != math.Float64bits(known.At(500+i, j)) {
				t.Fatal("what is given depends on the cut")
			}
		}
	}
}

func TestFill(t *testing.T) {
	const n = 5000
	x := normals(n, 2, "x")
	y := mat.DenseCopyOf(x)
	var m moments
	for i := range n {
		y.Set(i, 1, math.NaN())
	}
	var p Problem
	Fill(y, Batch{Seed: 1, Total: n}, &p)
	for i := range n {
		if y.At(i, 0) != x.At(i, 0) {
			t.Fatal("a value was replaced")
		}
		m.add(y.At(i, 1) * y.At(i, 1))
	}
	if err := m.within("variance", 1, 4); err != nil {
		t.Error(err)
	}
}
