package imputation

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

func mask(t testing.TB, c *datasets.Cells, h MaskingPlan) []Cell {
	t.Helper()
	masked, hidden, err := Mask(c, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range hidden {
		if !masked.Missing(at.Row, at.Column) || c.Missing(at.Row, at.Column) {
			t.Fatalf("cell %v: hidden and not missing, or missing before", at)
		}
	}
	return hidden
}

// The share of hidden cells, over many seeds, is the one asked for within 4
// standard errors, for each mechanism, and in a table of two columns too, where
// rows often would lose both cells. Without the compensation for cells given
// back it is not: the twin.
func TestShareIsExact(t *testing.T) {
	const seeds = 300
	fits := func(share float64, hidden func(seed uint64) float64) bool {
		v := make([]float64, seeds)
		for s := range v {
			v[s] = hidden(uint64(s))
		}
		m, std := moments(v)
		return math.Abs(m-share) < 4*std/math.Sqrt(seeds-1)
	}
	for _, v := range []struct {
		columns, categories int
		h                   MaskingPlan
	}{
		{2, 0, MaskingPlan{Mechanism: MCAR, Share: 0.3}},
		{2, 0, MaskingPlan{Mechanism: MNAR, Share: 0.3}},
		{3, 2, MaskingPlan{Mechanism: MCAR, Share: 0.2}},
		{3, 2, MaskingPlan{Mechanism: MAR, Share: 0.4}},
		{3, 2, MaskingPlan{Mechanism: MNAR, Share: 0.5, Slope: -3}},
	} {
		c := numbers(60, v.columns, v.categories, 5)
		open := 60 * (v.columns + v.categories)
		if v.h.Mechanism == MAR {
			open -= 60 * 2 // three tenths of five columns
		}
		if !fits(v.h.Share, func(seed uint64) float64 {
			h := v.h
			h.Seed = seed
			return float64(len(mask(t, c, h))) / float64(open)
		}) {
			t.Errorf("%+v: wrong share", v.h)
		}
	}
	if fits(0.3, func(seed uint64) float64 {
		n := 0
		for i := range uint64(60) {
			k := 0
			for j := range uint64(2) {
				if stream.New(seed, "twin", i, j).Float64() < 0.3 {
					k++
				}
			}
			n += min(k, 1)
		}
		return float64(n) / 120
	}) {
		t.Error("uncompensated holes pass")
	}
}

// Completely at random looks at no column, at random at the whole ones, not at
// random at the cell: what is hidden stays as it is when other columns change,
// and does not when these do.
func TestMechanismsLookWhereTheyShould(t *testing.T) {
	c := numbers(400, 4, 0, 6)
	turned := func(columns ...int) *datasets.Cells {
		d := clone(c)
		for i := range c.Rows() {
			for _, j := range columns {
				d.SetNumber(i, j, -3*c.Number(i, j)) // turns the order round
			}
		}
		return d
	}
	of := func(cells []Cell, column int) []int {
		var rows []int
		for _, at := range cells {
			if at.Column == column {
				rows = append(rows, at.Row)
			}
		}
		return rows
	}
	for _, v := range []struct {
		mechanism Mechanism
		turn      []int
		changes   bool // of what is hidden in column 1; columns 0 and 3 are whole
	}{
		{MCAR, []int{0, 1, 2, 3}, false},
		{MAR, []int{1, 2}, false},
		{MAR, []int{0}, true},
		{MAR, []int{3}, true},
		{MNAR, []int{0, 2, 3}, false},
		{MNAR, []int{1}, true},
	} {
		h := MaskingPlan{Mechanism: v.mechanism, Keep: []string{"a", "d"}, Seed: 3}
		before, after := mask(t, c, h), mask(t, turned(v.turn...), h)
		if len(of(before, 0)) > 0 || len(of(before, 3)) > 0 {
			t.Errorf("%s: cells hidden in whole columns", v.mechanism)
		}
		if got := !slices.Equal(of(before, 1), of(after, 1)); got != v.changes {
			t.Errorf("%s with columns %v turned: change %v, want %v", v.mechanism, v.turn, got, v.changes)
		}
	}
}

// Not at random, with positive slope, hides large values: their mean is above
// that of all by more than 4 standard errors; completely at random it is not.
func TestMNARHidesLargeValues(t *testing.T) {
	c := numbers(2000, 3, 0, 7)
	excess := func(h MaskingPlan) float64 { // in standard errors
		f := newFrame(c)
		z := f.standardized(0, 1)
		var sum, n float64
		for _, at := range mask(t, c, h) {
			if at.Column == 1 {
				sum += z[at.Row]
				n++
			}
		}
		return sum / math.Sqrt(n)
	}
	if e := excess(MaskingPlan{Mechanism: MNAR}); e < 4 {
		t.Errorf("mnar: %g", e)
	}
	if e := excess(MaskingPlan{Mechanism: MNAR, Slope: -2}); e > -4 {
		t.Errorf("mnar, slope -2: %g", e)
	}
	if e := excess(MaskingPlan{}); math.Abs(e) > 4 {
		t.Errorf("mcar: %g", e)
	}
}

func TestMaskIsAFunctionOfSeedRowAndColumn(t *testing.T) {
	c := numbers(200, 4, 1, 8)
	h := MaskingPlan{Seed: 1, Keep: []string{"a"}}
	a := mask(t, c, h)
	if !slices.Equal(a, mask(t, c, h)) {
		t.Error("two runs differ")
	}
	if !slices.IsSortedFunc(a, func(x, y Cell) int { return (x.Row-y.Row)*100 + x.Column - y.Column }) {
		t.Error("not in order")
	}
	half := make([]int, 100)
	for i := range half {
		half[i] = i
	}
	b := mask(t, c.Subset(half), h)
	if !slices.Equal(a[:len(b)], b) || a[len(b)].Row < 100 {
		t.Error("more rows change the first ones")
	}
	h.Seed = 2
	if slices.Equal(a, mask(t, c, h)) {
		t.Error("the seed is ignored")
	}
}

func TestMaskLeavesSomethingOfEachRow(t *testing.T) {
	c := numbers(500, 2, 1, 9)
	masked, hidden, err := Mask(c, MaskingPlan{Mechanism: MNAR, Share: 0.6})
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for i := range c.Rows() {
		n := 0
		for j := range 3 {
			if !masked.Missing(i, j) {
				n++
			}
		}
		if n == 0 {
			t.Errorf("row %d is empty", i)
		}
		if n == 1 {
			left++
		}
	}
	if left == 0 || len(hidden) == 0 {
		t.Error("the test is about rows with one cell left")
	}
}

// Identifiers and constants have no cells; what is missing stays missing, and a
// row without any known cell stays as it is.
func TestMaskOfARaggedTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,fixed,x,y,z\n")
	for i := range 40 {
		switch {
		case i == 7:
			b.WriteString("7,k,,,\n")
		case i%4 == 0:
			b.WriteString(string(rune('0'+i%10)) + ",k,1.5,,red\n")
		default:
			b.WriteString(string(rune('0'+i%10)) + ",k,2.25," + string(rune('0'+i%7)) + ",blue\n")
		}
	}
	c := table(t, b.String(), map[string]datasets.Type{"id": datasets.TypeIdentifier})
	for _, m := range []Mechanism{MCAR, MAR, MNAR} {
		for _, at := range mask(t, c, MaskingPlan{Mechanism: m, Share: 0.4}) {
			if at.Column < 2 || at.Row == 7 {
				t.Errorf("%s: cell %v hidden", m, at)
			}
		}
	}
}

func TestMaskRefuses(t *testing.T) {
	one, three := numbers(50, 1, 0, 1), numbers(50, 3, 0, 1)
	for _, v := range []struct {
		c    *datasets.Cells
		h    MaskingPlan
		want string
	}{
		{one, MaskingPlan{}, "each of 50 rows keeps one"},
		{one, MaskingPlan{Mechanism: MAR}, "no cell is open"},
		{three, MaskingPlan{Share: 0.7}, "lower it"},
		{three, MaskingPlan{Share: 1}, "below 1"},
		{three, MaskingPlan{Share: -0.1}, "above 0"},
		{three, MaskingPlan{Share: math.NaN()}, "above 0"},
		{three, MaskingPlan{Slope: 2}, "no slope"},
		{three, MaskingPlan{Mechanism: MAR, Slope: math.Inf(1)}, "finite"},
		{three, MaskingPlan{Mechanism: "mnr"}, "did you mean"},
		{three, MaskingPlan{Keep: []string{"zz"}}, "choose from"},
		{three, MaskingPlan{Keep: []string{"a", "b", "c"}}, "no cell is open"},
	} {
		if _, _, err := Mask(v.c, v.h); err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%+v: error %v, want %q", v.h, err, v.want)
		}
	}
}
