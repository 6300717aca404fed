package datasets

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// drawn are n values, sorted.
func drawn(n int, draw func(rng *rand.Rand) float64) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	v := make([]float64, n)
	for i := range v {
		v[i] = draw(rng)
	}
	slices.Sort(v)
	return v
}

var amounts = []float64{594, 1055, 2174, 3103, 4386, 5013, 7298, 7688, 10520, 15024, 27828, 99999}

func TestAtoms(t *testing.T) {
	const n = 4000
	amount := func(rng *rand.Rand) float64 { return amounts[rng.IntN(len(amounts))] }
	for _, c := range []struct {
		name   string
		values []float64
		want   []float64 // nil for none
	}{
		{"normals", drawn(n, func(r *rand.Rand) float64 { return r.NormFloat64() }), nil},
		{"years of age", drawn(n, func(r *rand.Rand) float64 { return float64(17 + r.IntN(60)) }), nil},
		{"multiples of .005", drawn(n, func(r *rand.Rand) float64 { return math.Round(100*math.Abs(r.NormFloat64())) * .005 }), nil},
		{"children", drawn(n, func(r *rand.Rand) float64 { return float64(r.IntN(4)) }), []float64{0, 1, 2, 3}},
		{"months", drawn(n, func(r *rand.Rand) float64 { return float64(1 + r.IntN(12)) }), []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{"hours of the day", drawn(n, func(r *rand.Rand) float64 { return float64(r.IntN(24)) }), nil},
		{"13 values on a grid", drawn(n, func(r *rand.Rand) float64 { return float64(r.IntN(13)) }), nil},
		{"a few codes", drawn(39, func(r *rand.Rand) float64 { return float64(r.IntN(4)) }), nil},
		{"yes and no", drawn(n, func(r *rand.Rand) float64 { return float64(r.IntN(2)) }), nil},
		{"prices, hardly repeated", drawn(n, func(r *rand.Rand) float64 { return math.Round(1e4*r.ExpFloat64()) / 100 }), nil},
		{"zeros and normals", drawn(n, func(r *rand.Rand) float64 {
			if r.IntN(3) == 0 {
				return 0
			}
			return r.NormFloat64()
		}), []float64{0}},
		{"amounts", drawn(n, amount), amounts},
		{"zeros and amounts", drawn(n, func(r *rand.Rand) float64 {
			if r.IntN(10) > 0 {
				return 0
			}
			return amount(r)
		}), append([]float64{0}, amounts...)},
	} {
		got := findAtoms(c.values, n, true)
		least := len(c.want)
		if least > 1 {
			least-- // one value remains a number
		}
		if len(got) > len(c.want) || len(got) < least {
			t.Errorf("%s: %d atoms, want %v", c.name, len(got), c.want)
		}
		last := math.Inf(-1)
		for _, a := range got {
			at, end := slices.BinarySearch(c.values, a.Value)
			if !end || !slices.Contains(c.want, a.Value) || a.Value <= last {
				t.Errorf("%s: %g is an atom", c.name, a.Value)
				continue
			}
			last = a.Value
			k := at
			for k < n && c.values[k] == a.Value {
				k++
			}
			if a.Share != float64(k-at)/n {
				t.Errorf("%s: the share of %g is %g", c.name, a.Value, a.Share)
			}
		}
	}
}

// Rare values are not levels of their own where there are more than a dozen.
func TestRareAmountsStayNumbers(t *testing.T) {
	v := drawn(1000, func(r *rand.Rand) float64 { return amounts[r.IntN(8)] })
	for _, rare := range []float64{123456, 77777, 71234, 90001, 99999} {
		v = append(v, rare, rare)
	}
	slices.Sort(v)
	f := Field{Name: "gain", Type: TypeInteger, Digits: &Digits{}, Atoms: findAtoms(v, len(v), true)}
	for i, x := range v {
		if a := f.atom(x); (a >= 0) != (x < 70000) || a >= 0 && f.Atoms[a].Value != x {
			t.Fatalf("row %d: %g is atom %d", i, x, a)
		}
	}
	if f.atom(math.NaN()) >= 0 || f.atom(595) >= 0 {
		t.Error("what no row has is an atom")
	}
	if n := len(f.Atoms); n != 8 {
		t.Errorf("%d atoms, want 8", n)
	}
}

// repeatedValues are values 0, 1, 2, … of which value k occurs counts[k] times.
func repeatedValues(value func(k int) float64, counts ...int) []float64 {
	var v []float64
	for k, n := range counts {
		for range n {
			v = append(v, value(k))
		}
	}
	return v
}

// What makes a value an atom, at the bounds: 3 % of the rows, four times the next, more than
// 20 values, four at most.
func TestOutstanding(t *testing.T) {
	uneven := func(k int) float64 { return float64(k * k) } // not on a grid
	others := func(n, each int) []int { return slices.Repeat([]int{each}, n) }
	for _, c := range []struct {
		name   string
		counts []int
		want   []float64
	}{
		{"four times the others", append([]int{8}, others(20, 2)...), []float64{0}},
		{"less", append([]int{7}, others(20, 2)...), nil},
		{"20 values", append([]int{8}, others(19, 2)...), nil},
		{"3 %", append([]int{30}, others(970, 1)...), []float64{0}},
		{"less than 3 %", append([]int{29}, others(971, 1)...), nil},
		{"four", append([]int{40, 50, 60, 70}, others(30, 1)...), []float64{0, 1, 4, 9}},
		{"five", append([]int{40, 40, 40, 40, 40}, others(30, 1)...), nil},
		{"one of two", append([]int{30, 400}, others(30, 9)...), []float64{1}},
	} {
		v := repeatedValues(uneven, c.counts...)
		var got []float64
		for _, a := range findAtoms(v, len(v), true) {
			got = append(got, a.Value)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Usual values: ten rows each, off any grid unless there are a dozen at most, and one is left to be a number.
func TestUsualValues(t *testing.T) {
	uneven := func(k int) float64 { return float64(k * k) }
	for _, c := range []struct {
		name   string
		value  func(k int) float64
		counts []int
		want   int
	}{
		{"all of them", uneven, []int{10, 11, 12, 13}, 3},
		{"nine each", uneven, []int{9, 9, 9}, 0},
		{"two", uneven, []int{100, 100}, 0},
		{"rare ones", uneven, []int{100, 4, 5, 100}, 3},
		{"a grid", func(k int) float64 { return float64(k) * .05 }, slices.Repeat([]int{20}, 13), 0},
		{"codes", func(k int) float64 { return float64(k) * .05 }, slices.Repeat([]int{20}, 12), 11},
		{"rare codes", func(k int) float64 { return float64(k) }, []int{100, 3, 100, 2, 100}, 4},
		{"256", uneven, slices.Repeat([]int{10}, 256), 255},
		{"257", uneven, slices.Repeat([]int{10}, 257), 0},
	} {
		v := repeatedValues(c.value, c.counts...)
		got := findAtoms(v, len(v), true)
		if len(got) != c.want {
			t.Errorf("%s: %d atoms, want %d", c.name, len(got), c.want)
		}
		for i := 1; i < len(got); i++ {
			if got[i].Value <= got[i-1].Value {
				t.Errorf("%s: out of order", c.name)
			}
		}
	}
	// The least frequent is left, and its column is fitted.
	f := Field{Name: "x", Type: TypeInteger, Digits: &Digits{}}
	if err := f.fit(repeatedValues(uneven, 200, 150, 99, 120), &FitOptions{}); err != nil || len(f.Atoms) != 3 || f.atom(4) >= 0 || f.Map.Mean != 4 {
		t.Errorf("%v: atoms %v, mean %v", err, f.Atoms, f.Map)
	}
}

// The value that codes leave is said by its level alone: it has no number, and comes back.
func TestTheLastCodeHasNoNumber(t *testing.T) {
	m := &Metadata{Columns: []Field{{Name: "code", Type: TypeInteger, Digits: &Digits{}}}}
	c := NewCells(m, 140)
	for i := range 140 {
		c.SetNumber(i, 0, float64(i%7-3))
	}
	e, err := Fit(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := e.Metadata().Columns[0].describe(); !strings.Contains(s, "7 values, each a level") || strings.Contains(s, "usual") {
		t.Errorf("described as %q: want seven values, each a level", s)
	}
	z, known := mat.NewDense(140, e.Dim(), nil), make([]bool, e.Dim())
	e.Encode(z, c, nil, 1)
	back := NewCells(e.Metadata(), 140)
	if err := e.Decode(back, z, Decoding{}); err != nil {
		t.Fatal(err)
	}
	number := slices.IndexFunc(e.Blocks(), func(b Block) bool { return b.Kind == Continuous })
	at := e.Blocks()[number].Start
	for i := range 140 {
		e.Observed(known, c, i)
		if !math.IsNaN(z.At(i, at)) || known[at] || back.Number(i, 0) != c.Number(i, 0) {
			t.Fatalf("row %d, %g: number %g, known %v, back %g", i, c.Number(i, 0), z.At(i, at), known[at], back.Number(i, 0))
		}
	}
}

// A value that none of the training rows had is refused where each value is a level, in cells and as a condition, and not taken for
// the level of the value that is no atom. Digits beyond those of the column do not make it another value.
func TestUnseenCodes(t *testing.T) {
	src := text("code,x\n" + strings.Repeat("1.0,0\n1.5,1\n2.5,2\n3.0,3\n", 30) + "3.0,4\n1.5,5\n2.5,6\n")
	_, e := fitted(t, src, nil, nil)
	if got := e.Metadata().Columns[0].LevelValues(); !slices.Equal(got, []float64{1, 1.5, 2.5, 3}) {
		t.Errorf("values %v", got)
	}
	odd, err := ReadUnseen(text("code,x\n2.0,0\n1.5,1\n7,2\n"), e.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	if u := odd.Unseen(); len(u) != 2 || u[0].Text != "2.0" || !odd.Missing(0, 0) || odd.Missing(1, 0) || !odd.Missing(2, 0) {
		t.Errorf("unseen cells %v", u)
	}
	if _, err := ReadCells(text("code,x\n2.0,0\n"), e.Metadata()); err == nil || !strings.Contains(err.Error(), "1.0, 1.5, 2.5, 3.0") {
		t.Errorf("a cell that is unseen: %v", err)
	}
	row, want := make([]float64, e.Dim()), make([]float64, e.Dim())
	for given, as := range map[string]string{"1.02": "1.0", "1.52": "1.5", "2.96": "3.0"} {
		if err := e.EncodeCell(row, "code", given); err != nil {
			t.Error(err)
		}
		if err := e.EncodeCell(want, "code", as); err != nil {
			t.Error(err)
		}
		if !slices.EqualFunc(row, want, func(a, b float64) bool { return a == b || a != a && b != b }) {
			t.Errorf("%s is encoded as %v, %s as %v", given, row, as, want)
		}
	}
	if err := e.EncodeCell(row, "code", "2.0"); err == nil || !strings.Contains(err.Error(), "unseen value 2.0") {
		t.Errorf("2.0 is encoded: %v", err)
	}
	if err := e.Representable("code", 2); err == nil {
		t.Error("2.0 is representable")
	}
	if err := e.Representable("code", 1); err != nil {
		t.Error(err)
	}
}
