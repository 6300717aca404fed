package where

import (
	"math"
	"slices"
	"testing"

	"tweedie/datasets"
)

func TestSolutions(t *testing.T) {
	for _, op := range []string{"<", "<=", ">", ">=", "=", "!="} {
		for _, v := range []float64{1, 2, 3} {
			want := map[string]bool{"<": v < 2, "<=": v <= 2, ">": v > 2, ">=": v >= 2, "=": v == 2, "!=": v != 2}[op]
			if satisfies(v, op, 2) != want {
				t.Errorf("%g %s 2 is %v", v, op, !want)
			}
			if satisfies(2, mirrored(op), v) != satisfies(v, op, 2) {
				t.Errorf("%g %s 2 is not 2 %s %g", v, op, mirrored(op), v)
			}
		}
	}
}

// An intersection holds what both hold, and is empty when that is nothing.
func TestSegmentAnd(t *testing.T) {
	var all []Segment
	for _, lo := range []float64{0, 1, 2} {
		for _, hi := range []float64{1, 2, 3} {
			for _, open := range []int{0, 1, 2, 3} {
				all = append(all, Segment{lo, hi, open&1 > 0, open&2 > 0})
			}
		}
	}
	points := []float64{-0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5}
	for _, a := range all {
		for _, b := range all {
			c := a.and(b)
			for _, v := range points {
				if c.holds(v) != (a.holds(v) && b.holds(v)) {
					t.Fatalf("%v and %v is %v, wrong at %g", a, b, c, v)
				}
			}
			if c.empty() == slices.ContainsFunc(points, c.holds) {
				t.Fatalf("%v: empty is %v", c, c.empty())
			}
		}
	}
}

func TestAnyCell(t *testing.T) {
	e, cells := people(t)
	for k := range e.Metadata().Columns {
		f := &e.Metadata().Columns[k]
		if f.Type == datasets.TypeIdentifier || f.Type == datasets.TypeConstant {
			continue
		}
		for i := range cells.Rows() {
			if !AnyCell(f).Holds(cells, i, k) {
				t.Errorf("a cell of column %s is not in the set of all", f.Name)
			}
			if noCell(f).Holds(cells, i, k) {
				t.Errorf("a cell of column %s is in the empty set", f.Name)
			}
			if anyValue(f).Holds(cells, i, k) == cells.Missing(i, k) {
				t.Errorf("a cell of column %s: missing cells are values, or values are not", f.Name)
			}
		}
	}
	if s := AnyCell(&datasets.Field{}); !s.HoldsNumber(math.MaxFloat64) || !s.HoldsNumber(-math.MaxFloat64) || !s.HoldsNumber(0) {
		t.Error("not all numbers")
	}
}

func TestOnlyLevel(t *testing.T) {
	for _, c := range []struct {
		set   Set
		level int
		ok    bool
	}{
		{Set{Levels: []bool{false, true, false}}, 1, true},
		{Set{Levels: []bool{true, false}}, 0, true},
		{Set{Levels: []bool{false, true}, Missing: true}, 0, false},
		{Set{Levels: []bool{true, false, true}}, 0, false},
		{Set{Levels: []bool{false, false}}, 0, false},
		{Set{Numbers: []Segment{{Lo: 1, Hi: 1}}}, 0, false},
	} {
		if level, ok := c.set.OnlyLevel(); level != c.level || ok != c.ok {
			t.Errorf("%v: %d, %v", c.set, level, ok)
		}
	}
}
