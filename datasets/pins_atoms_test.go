package datasets

import (
	"math"
	"slices"
	"testing"

	"tweedie/internal/stream"
)

// values are distinct numbers, and some that repeat: value, times.
func values(distinct int, repeated ...[2]float64) []float64 {
	var v []float64
	for i := range distinct {
		v = append(v, 1000+math.Sqrt(float64(2+i)))
	}
	for _, r := range repeated {
		v = append(v, slices.Repeat([]float64{r[0]}, int(r[1]))...)
	}
	slices.Sort(v)
	return v
}

func atomValues(as []Atom) (v []float64) {
	for _, a := range as {
		v = append(v, a.Value)
	}
	return v
}

// Values that stand out: at most 4, of 3 % of the rows each, and 4 times as frequent as
// the most frequent of the others, among more than 20.
func TestValuesThatStandOut(t *testing.T) {
	for what, c := range map[string]struct {
		sorted []float64
		rows   int
		want   []float64
	}{
		"four":         {values(800, [2]float64{0, 50}, [2]float64{1, 50}, [2]float64{2, 50}, [2]float64{3, 50}), 1000, []float64{0, 1, 2, 3}},
		"five":         {values(750, [2]float64{0, 50}, [2]float64{1, 50}, [2]float64{2, 50}, [2]float64{3, 50}, [2]float64{4, 50}), 1000, nil},
		"3 %":          {values(970, [2]float64{0, 30}), 1000, []float64{0}},
		"less":         {values(971, [2]float64{0, 29}), 1000, nil},
		"with gaps":    {values(970, [2]float64{0, 30}), 1001, nil},
		"4 times":      {values(900, [2]float64{0, 80}, [2]float64{1, 20}), 1000, []float64{0}},
		"3.9 times":    {values(900, [2]float64{0, 78}, [2]float64{1, 20}), 998, nil},
		"20 different": {values(19, [2]float64{0, 50}), 69, nil},
		"21 different": {values(20, [2]float64{0, 50}), 70, []float64{0}},
	} {
		as := findAtoms(c.sorted, c.rows, true)
		if got := atomValues(as); !slices.Equal(got, c.want) {
			t.Errorf("%s: atoms %v, want %v", what, got, c.want)
		}
		for _, a := range as {
			n := 0
			for _, v := range c.sorted {
				if v == a.Value {
					n++
				}
			}
			if a.Share != float64(n)/float64(c.rows) {
				t.Errorf("%s: share %g of %d in %d rows", what, a.Share, n, c.rows)
			}
		}
	}
}

// Usual values: repeated 10 times on average, and on no grid. Those of 5 rows or more are
// atoms, but the least frequent, so that a number is left.
func TestUsualValuesAreAtoms(t *testing.T) {
	amounts := func(n, times int, at func(i int) float64) (r [][2]float64) {
		for i := range n {
			r = append(r, [2]float64{at(i), float64(times + i%3)})
		}
		return r
	}
	odd := func(i int) float64 { return math.Round(100*math.Exp(float64(i)/7)) / 7 }
	even := func(i int) float64 { return float64(5 * i) }
	half := func(i int) float64 { return float64(5*i) + []float64{0, 0, 0, 0.7}[i%4] }
	for what, c := range map[string]struct {
		repeated [][2]float64
		atoms    int
	}{
		"usual":         {amounts(15, 10, odd), 14},
		"seldom":        {amounts(15, 8, odd), 0}, // 9 times on average
		"a grid":        {amounts(15, 10, even), 0},
		"half a grid":   {amounts(15, 10, half), 0},
		"few of a kind": {append(amounts(15, 14, odd), [2]float64{1e6, 4}, [2]float64{2e6, 5}), 16},
		"two":           {amounts(2, 50, odd), 0},
	} {
		sorted := values(0, c.repeated...)
		as := findAtoms(sorted, len(sorted), true)
		if len(as) != c.atoms {
			t.Errorf("%s: %d atoms of %d values, want %d: %v", what, len(as), len(c.repeated), c.atoms, as)
		}
		if !slices.IsSorted(atomValues(as)) || slices.Contains(atomValues(as), 1e6) {
			t.Errorf("%s: atoms %v", what, as)
		}
	}
}

// A grouped level that no row has is drawn at times, as half a row would be.
func TestGroupedLevelsThatNoRowHas(t *testing.T) {
	f := Field{Name: "x", Type: TypeCategorical, Levels: []Level{{Name: "a", Count: 10}, {Name: "b", Count: 3, Grouped: true}, {Name: "c", Grouped: true}}}
	e := newCodec(&Metadata{Rows: 13, Columns: []Field{f}}, false)
	if got := e.columns[0].shares; !slices.Equal(got, []float64{3, 3.5}) {
		t.Errorf("shares of the group add up as %v", got)
	}
}

func TestQuotesOfLevels(t *testing.T) {
	for s, want := range map[string]string{"a\rb": "\"a\rb\"", "a\nb": "\"a\nb\"", "a,b": `"a,b"`, `a"b`: `"a""b"`, "a'b": "a'b", "\ufeffa": "\"\ufeffa\""} {
		if got := string(appendText(nil, s)); got != want {
			t.Errorf("%q is written as %q, want %q", s, got, want)
		}
	}
}

func TestConditionsAreThoseNamed(t *testing.T) {
	levels := []Level{{Name: "a", Count: 1}, {Name: "b", Count: 1}}
	m := &Metadata{Columns: []Field{{Name: "x", Type: TypeCategorical, Levels: levels}, {Name: "y", Type: TypeCategorical, Levels: levels}}}
	for _, names := range [][]string{{"x"}, {"y"}, nil, {"x", "y"}} {
		if err := m.SetConditions(names); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range m.Conditions() {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, names) {
			t.Errorf("conditions %v, want %v", got, names)
		}
	}
}

// Which rows are held out, by hand; neither part is empty.
func TestSplitByHand(t *testing.T) {
	train, held := Split(11, 0.25, 5)
	order := stream.New(5, "datasets/split").Perm(11)
	want := slices.Sorted(slices.Values(order[:3]))
	if !slices.Equal(held, want) || len(train) != 8 {
		t.Errorf("held out %v, want %v", held, want)
	}
	for _, c := range []struct {
		n        int
		fraction float64
		held     int
	}{{2, 0.9, 1}, {2, 0.01, 1}, {100, 0.001, 1}, {100, 0.999, 99}, {1, 0.4, 0}, {5, 0, 0}, {10, 0.25, 3}} {
		if train, held := Split(c.n, c.fraction, 1); len(held) != c.held || len(train) != c.n-c.held {
			t.Errorf("%g of %d rows: %d are held out, %d are left", c.fraction, c.n, len(held), len(train))
		}
	}
}
