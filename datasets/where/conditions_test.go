package where

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/datasets"
)

func TestConditionsAccessors(t *testing.T) {
	e, _ := people(t)
	c := parse(t, e)
	if !c.Empty() || len(c.Columns()) != 0 || c.Cells(0) != nil || c.Codec() != e || c.Metadata() != e.Metadata() {
		t.Error("no expressions, and yet conditions")
	}
	c = parse(t, e, "low > 1 and age < 60", "low <= 5")
	if c.Empty() || !slices.Equal(c.Columns(), []int{0, 5}) || len(c.Relations()) != 0 {
		t.Errorf("columns %v, want age and low", c.Columns())
	}
	if c.Column("low") != 5 || c.Column("nothing") != -1 {
		t.Error("the index of a column is wrong")
	}
	s := c.Cells(5)
	if !slices.Equal(s.Numbers, []Segment{{1, 5, true, false}}) || s.Missing || !slices.Equal(s.Texts, []string{"low > 1 and age < 60", "low <= 5"}) {
		t.Errorf("%+v", s)
	}
	c = parse(t, e, "'hours per week' + age > 2*low + 3")
	if c.Empty() || len(c.Relations()) != 1 {
		t.Fatal("no relation")
	}
	r := c.Relations()[0]
	if !slices.Equal(r.Columns, []int{0, 2, 5}) || !maps.Equal(r.Weights, map[int]float64{0: 1, 2: 1, 5: -2}) || r.Op != ">" || r.Bound != 3 || r.Text != "'hours per week' + age > 2*low + 3" {
		t.Errorf("%+v", r)
	}
	if got := r.Names(e.Metadata()); got != `"age", "hours per week", "low"` {
		t.Error(got)
	}
	if common, largest := r.Steps(e.Metadata()); common != 1 || largest != 2 {
		t.Errorf("steps %g and %g, want those of age and of 2*low", common, largest)
	}
	// Only the column that has missing cells must have a number.
	if !slices.Equal(c.Columns(), []int{2}) || c.Cells(2).Missing || !c.Cells(2).HoldsNumber(40) {
		t.Errorf("columns %v are restricted by the relation", c.Columns())
	}
	for _, want := range []struct {
		weights         map[int]float64
		common, largest float64
	}{
		{map[int]float64{8: 1, 13: 1}, 0, 0}, // one is not rounded
		{map[int]float64{5: -0.01, 8: 3}, 0.01, 0.3},
		{map[int]float64{0: 4, 5: 6}, 2, 6},
		{map[int]float64{0: 1, 5: math.Sqrt2}, 0, math.Sqrt2},
	} {
		r := Relation{Columns: slices.Sorted(maps.Keys(want.weights)), Weights: want.weights}
		if common, largest := r.Steps(e.Metadata()); math.Abs(common-want.common) > 1e-8 || math.Abs(largest-want.largest) > 1e-15 {
			t.Errorf("weights %v: steps %g and %g, want %g and %g", want.weights, common, largest, want.common, want.largest)
		}
	}
}

func TestRelationHolds(t *testing.T) {
	e, cells := people(t)
	r := func(op string, bound float64) Relation {
		return Relation{Columns: []int{5, 8}, Weights: map[int]float64{5: 1, 8: 1}, Op: op, Bound: bound}
	}
	// 3 + 0.1 differs from 3.1 in binary; 1e-9 is more than rounding.
	for _, c := range []struct {
		r    Relation
		want bool
	}{
		{r("=", 3.1), true}, {r("!=", 3.1), false}, {r("<", 3.1), false}, {r("<=", 3.1), true}, {r(">=", 3.1), true}, {r(">", 3.1), false},
		{r("=", 3.1+1e-9), false}, {r("!=", 3.1+1e-9), true}, {r("!=", 3.1-1e-9), true}, {r("<", 3.1+1e-9), true}, {r(">", 3.1-1e-9), true},
	} {
		if c.r.Holds(cells, 2) != c.want {
			t.Errorf("3 + 0.1 %s %v is %v", c.r.Op, c.r.Bound, !c.want)
		}
	}
	hours := Relation{Columns: []int{0, 2}, Weights: map[int]float64{0: 1, 2: 1}, Op: "!=", Bound: 0}
	if hours.Holds(cells, 2) || !hours.Holds(cells, 0) {
		t.Error("a relation holds where a cell is missing, or does not hold elsewhere")
	}
	if c, err := Parse(e, true, []string{"low + high > 100"}); err != nil || len(c.Relations()) != 1 {
		t.Errorf("extrapolated sums are bounded: %v", err)
	}
}

func TestRestrict(t *testing.T) {
	e, cells := people(t)
	c := parse(t, e, "income != Other")
	only := AnyCell(&e.Metadata().Columns[1])
	only.Levels[0] = false // "<=50K"
	if err := c.Restrict(1, only, "no poor"); err != nil {
		t.Fatal(err)
	}
	if level, ok := c.Cells(1).OnlyLevel(); !ok || e.Metadata().Columns[1].Levels[level].Name != ">50K" {
		t.Errorf("%+v", c.Cells(1))
	}
	if !only.Missing || len(only.Texts) != 0 {
		t.Error("the set that restricts is changed")
	}
	if !c.Holds(cells, 1) || c.Holds(cells, 0) || c.Holds(cells, 5) {
		t.Error("the restriction does not count")
	}
	none := AnyCell(&e.Metadata().Columns[1])
	clear(none.Levels)
	err := c.Restrict(1, none, "nobody")
	if err == nil || err.Error() != `together with "income != Other" this leaves no value of "income": take one of the conditions away` {
		t.Error(err)
	}
}

// given returns one row with the cells COLUMN=VALUE, and their columns.
func given(t *testing.T, c *Conditions, settings ...string) (*datasets.Cells, []int) {
	t.Helper()
	cells, columns := datasets.NewCells(c.Metadata(), 1), []int(nil)
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		if err := cells.SetText(0, name, value); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c.Column(name))
	}
	return cells, columns
}

func TestAgree(t *testing.T) {
	e, _ := people(t)
	for _, c := range []struct {
		expression string
		given      []string
		want       string // "" for agreement
	}{
		{"age > 50", []string{"age=60"}, ""},
		{"age > 50", []string{"age=30"}, `age=30 contradicts "age > 50"`},
		{"age > 50", []string{"low=3"}, ""},
		{"income != Other", []string{"income=Other"}, `income=Other contradicts "income != Other"`},
		{"income != Other", []string{"income=>50K"}, ""},
		{"hours >= 40", nil, ""},
		{"low <= high", []string{"low=5", "high=2"}, `what is given of "low", "high" contradicts "low <= high"`},
		{"low <= high", []string{"low=2", "high=5"}, ""},
		{"low <= high", []string{"low=6"}, ""},
		{"gain > 0", []string{"gain=?"}, "gain= contradicts \"gain > 0\""},
	} {
		w := parse(t, e, strings.Replace(c.expression, "hours", "'hours per week'", 1))
		cells, columns := given(t, w, c.given...)
		err := w.Agree(cells, columns)
		if got := ""; err != nil {
			if got = err.Error(); got != c.want {
				t.Errorf("%s, given %v: %s, want %s", c.expression, c.given, got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("%s, given %v: agree", c.expression, c.given)
		}
	}
}

// townTable has a column with two grouped levels.
const townTable = "town,size\nA,1\nA,2\nB,3\nB,4\nC,5\nD,6\nA,7\nB,8\n"

func group(m *datasets.Metadata) {
	for k := 2; k < 4; k++ {
		m.Columns[0].Levels[k].Grouped = true
	}
}

// A given level that shares its position becomes a condition; another does not.
func TestAgreeOnGroupedLevels(t *testing.T) {
	e, cells := fit(t, townTable, nil, group)
	w := parse(t, e)
	if err := w.Agree(given(t, w, "town=A", "size=3")); err != nil || !w.Empty() {
		t.Errorf("a level of its own is a condition: %v", err)
	}
	if err := w.Agree(given(t, w, "town=")); err != nil || !w.Empty() {
		t.Errorf("a missing cell is a condition: %v", err)
	}
	if err := w.Agree(given(t, w, "town=C")); err != nil {
		t.Fatal(err)
	}
	if level, ok := w.Cells(0).OnlyLevel(); !ok || level != 2 || !slices.Equal(w.Cells(0).Texts, []string{"town=C"}) {
		t.Errorf("%+v", w.Cells(0))
	}
	if !w.Holds(cells, 4) || w.Holds(cells, 5) || w.Holds(cells, 0) {
		t.Error("other rows than those of C")
	}
	w = parse(t, e, "town in (C, D)")
	if err := w.Agree(given(t, w, "town=D")); err != nil || w.Holds(cells, 4) || !w.Holds(cells, 5) {
		t.Error(err)
	}
}

func TestAllowedLevels(t *testing.T) {
	table := "town,kind,size\nA,x,1\nA,y,2\nB,x,3\nB,z,4\nC,y,5\nA,z,6\n"
	e, _ := fit(t, table, nil, func(m *datasets.Metadata) {
		if err := m.SetConditions([]string{"town", "kind"}); err != nil {
			t.Fatal(err)
		}
	})
	if parse(t, e, "size > 2").AllowedLevels() != nil {
		t.Error("conditions on other columns restrict labels")
	}
	for expression, want := range map[string]func(l []int) bool{
		"kind != y":               func(l []int) bool { return l[1] != 1 },
		"town = B":                func(l []int) bool { return l[0] == 1 },
		"town != A and kind != x": func(l []int) bool { return l[0] != 0 && l[1] != 0 },
	} {
		allowed := parse(t, e, expression).AllowedLevels()
		for town := range 3 {
			for kind := range 3 {
				if l := []int{town, kind}; allowed(l) != want(l) {
					t.Errorf("%s: %v is %v", expression, l, allowed(l))
				}
			}
		}
	}
}
