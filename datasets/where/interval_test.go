package where

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

// An encoded number lies in the interval exactly if its cell is allowed, wherever
// in its rounding cell it is drawn. Intervals of several segments are wider.
func TestIntervalsAreThoseOfTheCells(t *testing.T) {
	e, cells := people(t)
	check := func(expression string, off float64) error {
		w := parse(t, e, expression)
		for i := range 40 * cells.Rows() {
			row := i % cells.Rows()
			x := mat.NewDense(1, e.Dim(), nil)
			e.Encode(x, cells, []int{row}, uint64(i))
			for _, k := range w.Columns() {
				block, number := w.Positions(w.Metadata().Columns[k].Name)
				if number < 0 || len(block) > 0 && x.At(0, block[0]) != 1 {
					continue // a level, an atom or missing
				}
				lo, hi, some := w.Interval(k)
				in := some && lo <= x.At(0, number)+off && x.At(0, number)+off <= hi
				if want := w.Cells(k).Holds(cells, row, k); in != want && (want || len(w.Cells(k).Numbers) < 2) {
					return fmt.Errorf("%s: row %d: %g in [%g, %g] is %v", expression, row, x.At(0, number), lo, hi, in)
				}
			}
		}
		return nil
	}
	for _, expression := range []string{
		"age >= 32", "31 <= age < 33", "60 > age > 31", "age = 30", "age = 33", "age != 30", "age > 29.5", "age > 30.5", "age < 32.5", "age in (30, 45)",
		"'hours per week' > 40", "'hours per week' <= 41", "gain > 0", "gain >= 0", "born < 2001-06-01", "2001-05-02 <= born < 2003-05-01",
		"a-b > 0.3", "a-b >= 0.3", "a-b < 1.5", "a-b = 0.7", "x > 0.3", "x < 0.45 and x > 0.2",
	} {
		if err := check(expression, 0); err != nil {
			t.Error(err)
		}
	}
	if check("31 <= age < 33", 0.6) == nil {
		t.Error("bounds that are half a cell off pass")
	}
}

func TestIntervalBounds(t *testing.T) {
	e, _ := people(t)
	at := func(column string, v float64) float64 {
		_, number := parse(t, e).Positions(column)
		return e.FromValue(number, v)
	}
	inf := math.Inf(1)
	for _, c := range []struct {
		expression  string
		extrapolate bool
		lo, hi      float64
		some        bool
	}{
		{"age >= 32", false, at("age", 31.5), inf, true},
		{"age > 32", false, at("age", 32.5), inf, true},
		{"age <= 32", false, -inf, at("age", 32.5), true},
		{"age < 32.5", false, -inf, at("age", 32.5), true},
		{"age < 33", false, -inf, at("age", 32.5), true},
		{"32 <= age < 45", false, at("age", 31.5), at("age", 44.5), true},
		{"age in (32, 45)", false, at("age", 31.5), at("age", 45.5), true},
		{"age >= 30 and age <= 60", false, -inf, inf, true},
		{"age >= 30 and age <= 60", true, at("age", 29.5), at("age", 60.5), true},
		{"age >= 10", true, at("age", 9.5), inf, true},
		{"a-b > 0.3", false, at("a-b", 0.35), inf, true},
		{"a-b <= 1.5", false, -inf, at("a-b", 1.55), true},
		{"x > 0.3", false, at("x", math.Nextafter(0.3, 0)), inf, true},
		{"x <= 0.3", false, -inf, at("x", math.Nextafter(0.3, 1)), true},
		{"income = Other", false, 0, 0, false},
	} {
		w, err := Parse(e, c.extrapolate, []string{c.expression})
		if err != nil {
			t.Fatal(err)
		}
		lo, hi, some := w.Interval(w.Columns()[0])
		if lo != c.lo && !(math.Abs(lo-c.lo) < 1e-12) || hi != c.hi && !(math.Abs(hi-c.hi) < 1e-12) || some != c.some {
			t.Errorf("%s: %g to %g, %v, want %g to %g", c.expression, lo, hi, some, c.lo, c.hi)
		}
	}
	w := parse(t, e)
	if lo, hi, some := w.Interval(0); !some || lo != -inf || hi != inf {
		t.Errorf("a column without conditions: %g to %g, %v", lo, hi, some)
	}
	for _, name := range []string{"income", "id", "const"} {
		if _, _, some := w.Interval(w.Column(name)); some {
			t.Errorf("column %s has numbers", name)
		}
	}
	if _, err := Parse(e, true, []string{"age > 60"}); err != nil {
		t.Error(err)
	}
	// 200 is between values that the training had; the interval still has a width.
	e, _ = fit(t, "v\n"+strings.Repeat("1\n2\n3\n4\n5\n900000\n900001\n900002\n", 4), nil, nil)
	w = parse(t, e, "v = 450000")
	if lo, hi, some := w.Interval(0); !some || !(hi-lo >= leastWidth*(1-1e-9)) {
		t.Errorf("an interval of width %g", hi-lo)
	}
}

// atomsTable has zeros and missing cells in a column of full precision, and zeros
// in a rounded one.
func atomsTable() string {
	var b strings.Builder
	b.WriteString("v,w,u\n")
	for i := range 200 {
		switch {
		case i%2 == 0:
			fmt.Fprintf(&b, "0,%d,0\n", i%14)
		case i%10 == 1:
			fmt.Fprintf(&b, ",%d,1.5\n", i%14)
		default:
			fmt.Fprintf(&b, "%.15g,%d,%d.5\n", math.Exp(math.Sin(float64(i))*3)+0.1, i%14, i%23+1)
		}
	}
	return b.String()
}

func TestIntervalOfAtoms(t *testing.T) {
	e, cells := fit(t, atomsTable(), nil, nil)
	if len(e.Metadata().Columns[0].Atoms) != 1 {
		t.Fatalf("atoms %v", e.Metadata().Columns[0].Atoms)
	}
	for _, c := range []struct {
		expression string
		some       bool
	}{
		{"v = 0", false},
		{"v <= 0", false},
		{"v > 0", true},
		{"v is missing", false},
		{"v >= 0", true},
	} {
		w := parse(t, e, c.expression)
		if _, _, some := w.Interval(0); some != c.some {
			t.Errorf("%s: numbers beside the atom: %v", c.expression, some)
		}
		if !slices.ContainsFunc([]int{0, 1, 3}, func(i int) bool { return w.Holds(cells, i) }) {
			t.Errorf("%s: no row", c.expression)
		}
	}
	u := e.Metadata().Columns[2]
	if len(u.Atoms) == 0 || u.Atoms[0].Value != 0 {
		t.Fatalf("atoms %v", u.Atoms)
	}
	for expression, want := range map[string]bool{"u = 0": false, "u < 0.1": false, "u > 0": true, "u in (0, 20.5)": true} {
		if _, _, some := parse(t, e, expression).Interval(2); some != want {
			t.Errorf("%s: numbers beside the atom: %v", expression, some)
		}
	}
	w := parse(t, e)
	block, number := w.Positions("v")
	if !slices.Equal(block, []int{0, 1, 2}) || number != 3 {
		t.Errorf("positions %v and %d", block, number)
	}
	if block, number := w.Positions("w"); len(block) != 0 || number != 4 {
		t.Errorf("positions %v and %d", block, number)
	}
	if block, number := w.Positions("nothing"); block != nil || number != -1 {
		t.Errorf("positions %v and %d", block, number)
	}
	if _, err := Parse(e, false, []string{"v < 0"}); err == nil || !strings.Contains(err.Error(), "leaves no value") {
		t.Error(err)
	}
	if _, err := Parse(e, false, []string{"v = 0.05"}); err == nil || !strings.Contains(err.Error(), "probability 0") {
		t.Error(err)
	}
}

func TestGridAbove(t *testing.T) {
	for _, c := range []struct {
		v, perUnit float64
		open       bool
		want       float64
	}{
		{0.3, 10, false, 0.3}, {0.3, 10, true, 0.4}, {0.31, 10, false, 0.4}, {0.29, 10, false, 0.3}, {0.29, 10, true, 0.3}, {0.36, 10, true, 0.4},
		{-0.31, 10, false, -0.3}, {-0.3, 10, true, -0.2}, {2, 1, true, 3}, {2, 1, false, 2}, {math.Nextafter(2, 3), 1, false, 3}, {math.Nextafter(2, 1), 1, true, 2},
	} {
		if got := gridAbove(c.v, c.perUnit, c.open); got != c.want {
			t.Errorf("above %v by 1/%g, open %v: %v, want %v", c.v, c.perUnit, c.open, got, c.want)
		}
	}
	if !math.IsInf(gridAbove(math.Inf(-1), 10, true), -1) {
		t.Error("infinity is no bound")
	}
}

func TestStepAndSnap(t *testing.T) {
	decimals := func(n int) *datasets.Field {
		return &datasets.Field{Type: datasets.TypeNumeric, Digits: &datasets.Digits{Max: n}}
	}
	for f, want := range map[*datasets.Field]float64{
		decimals(2): 0.01, decimals(0): 1, decimals(datasets.Shortest): 0, {Type: datasets.TypeNumeric}: 0,
		{Type: datasets.TypeInteger, Digits: &datasets.Digits{Max: 3}}: 1,
	} {
		if got := f.Step(); got != want {
			t.Errorf("%v: step %g, want %g", f.Digits, got, want)
		}
	}
	tenth := 0.1
	if off := 3 * tenth; off == 0.3 || snap(decimals(1), off) != 0.3 {
		t.Errorf("3 times 0.1 is %v and snaps to %v", off, snap(decimals(1), off))
	}
	if v := snap(decimals(1), 3.1001); v != 3.1001 {
		t.Errorf("3.1001 snaps to %v", v)
	}
	if v := snap(decimals(datasets.Shortest), 3*tenth); v != 3*tenth {
		t.Errorf("a number that is not rounded snaps to %v", v)
	}
}
