package datasets

import (
	"math"
	"strings"
	"testing"
)

// numbersColumn returns the codec of a column x of n numbers from lo to hi, more of
// them near lo, and of a column k of levels.
func numbersColumn(t *testing.T, f Field, n int, lo, hi float64, extrapolate bool) *Codec {
	t.Helper()
	m := &Metadata{Version: MetadataVersion, Rows: n, Columns: []Field{f, {Name: "k", Type: TypeBoolean, Levels: []Level{{Name: "no"}, {Name: "yes"}}}}}
	c := NewCells(m, n)
	form := m.Columns[0].decimal()
	for i := range n {
		u := float64(i) / float64(n-1)
		c.SetNumber(i, 0, form.round(lo+(hi-lo)*u*u))
		c.SetLevel(i, 1, i%2)
	}
	e, err := Fit(c, &FitOptions{Extrapolate: extrapolate})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRepresentable(t *testing.T) {
	full := Field{Name: "x", Type: TypeNumeric, Wide: true, Digits: &Digits{0, Shortest}}
	cents := Field{Name: "x", Type: TypeNumeric, Wide: true, Digits: &Digits{0, 2}}
	whole := Field{Name: "x", Type: TypeInteger, Wide: true, Digits: &Digits{0, 0}}
	day := Field{Name: "x", Type: TypeDateTime, Wide: true, Format: "2006-01-02", Digits: &Digits{0, 0}}
	for _, c := range []struct {
		name        string
		f           Field
		n           int // below 100 the map is affine
		lo, hi      float64
		extrapolate bool
		good, bad   []float64
	}{
		{"full precision", full, 1000, -4.45, 4.27, false, []float64{0, 1e-300, -1e-9, -4.45, 4.27, math.Pi}, []float64{-4.46, 4.28, 1e9, -4.45 - 1e-6, math.Inf(1)}},
		{"full precision, affine", full, 50, -4.45, 4.27, false, []float64{0, -4.45, 4.27, 1}, []float64{-4.46, 4.28, math.Inf(-1)}},
		{"far from 0", full, 1000, 1e9, 1e9 + 1, false, []float64{1e9, 1e9 + 0.5}, []float64{0, 1e9 + 3, 1e9 - 3}},
		{"extrapolated", full, 1000, -4.45, 4.27, true, []float64{0, -40, 40}, []float64{math.Inf(1)}},
		{"decimals", cents, 1000, -1, 1, false, []float64{0, -1, 1, 0.5, 0.123}, []float64{1.01, -1.01, 7}},
		{"whole numbers", whole, 1000, 0, 10, false, []float64{0, 5, 10}, []float64{11, -1}},
		{"whole numbers, affine", whole, 50, 0, 100, false, []float64{0, 50, 100}, []float64{101, -1}},
		{"whole numbers, extrapolated", whole, 1000, 0, 10, true, []float64{0, 5, 10, 11, -1, 40}, nil},
		{"dates", day, 1000, 17000, 18000, false, []float64{17000, 17500, 18000}, []float64{16999, 18001}},
	} {
		e := numbersColumn(t, c.f, c.n, c.lo, c.hi, c.extrapolate)
		for _, v := range c.good {
			if err := e.Representable("x", v); err != nil {
				t.Errorf("%s: %g is refused: %v", c.name, v, err)
			}
		}
		for _, v := range c.bad {
			if err := e.Representable("x", v); err == nil {
				t.Errorf("%s: %g is accepted", c.name, v)
			}
		}
	}
}

func TestRepresentableErrors(t *testing.T) {
	day := Field{Name: "x", Type: TypeDateTime, Wide: true, Format: "2006-01-02", Digits: &Digits{0, 0}}
	e := numbersColumn(t, day, 1000, 17000, 18000, false)
	for _, c := range []struct {
		column string
		value  float64
		want   string
	}{
		{"x", 18001, `column "x" has values from 2016-07-18 to 2019-04-14, and 2019-04-15 would come back as 2019-04-14`},
		{"x", math.Inf(1), `column "x" has values from 2016-07-18 to 2019-04-14, and this one is far beyond them`},
		{"x", math.NaN(), "a missing cell, of which the column had none"},
		{"k", 1, `column "k": no such column of numbers`},
		{"y", 1, `column "y": no such column of numbers`},
	} {
		if err := e.Representable(c.column, c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %g: %v, want %s", c.column, c.value, err, c.want)
		}
	}
}

// An atom comes back, and a number between atoms that nothing else reaches does not.
func TestRepresentableAtoms(t *testing.T) {
	m := &Metadata{Version: MetadataVersion, Rows: 400, Columns: []Field{{Name: "x", Type: TypeNumeric, Wide: true, Digits: &Digits{0, Shortest}}}}
	c := NewCells(m, 400)
	for i := range 400 {
		v := 0.0 // an atom outside the range of the other values
		switch {
		case i%4 == 1:
			v = math.NaN()
		case i%2 == 1:
			v = 10 + float64(i)/400
		}
		c.SetNumber(i, 0, v)
	}
	e, err := Fit(c, nil)
	if err != nil || len(e.Metadata().Columns[0].Atoms) != 1 {
		t.Fatalf("%v, atoms %v", err, e.Metadata().Columns[0].Atoms)
	}
	for _, v := range []float64{0, math.NaN(), 10.5} {
		if err := e.Representable("x", v); err != nil {
			t.Errorf("%g is refused: %v", v, err)
		}
	}
	if err := e.Representable("x", 5); err == nil || !strings.Contains(err.Error(), "from 0 to 10.9975, and 5 would come back as 10.0075") {
		t.Errorf("5: %v", err)
	}
}
