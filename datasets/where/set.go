package where

import (
	"math"
	"slices"

	"tweedie/datasets"
)

// Segment is the interval of numbers from Lo to Hi. An open end does not belong to
// it.
type Segment struct {
	Lo, Hi         float64
	LoOpen, HiOpen bool
}

func (s Segment) holds(v float64) bool {
	return (v > s.Lo || v == s.Lo && !s.LoOpen) && (v < s.Hi || v == s.Hi && !s.HiOpen)
}

func (s Segment) empty() bool { return s.Lo > s.Hi || s.Lo == s.Hi && (s.LoOpen || s.HiOpen) }

func (s Segment) and(t Segment) Segment {
	if t.Lo > s.Lo || t.Lo == s.Lo && t.LoOpen {
		s.Lo, s.LoOpen = t.Lo, t.LoOpen
	}
	if t.Hi < s.Hi || t.Hi == s.Hi && t.HiOpen {
		s.Hi, s.HiOpen = t.Hi, t.HiOpen
	}
	return s
}

func allNumbers() Segment { return Segment{Lo: math.Inf(-1), Hi: math.Inf(1)} }

// solutions returns the numbers v for which v op bound is true.
func solutions(op string, bound float64) []Segment {
	below, above := allNumbers(), allNumbers()
	below.Hi, above.Lo = bound, bound
	below.HiOpen, above.LoOpen = op == "<" || op == "!=", op == ">" || op == "!="
	switch op {
	case "<", "<=":
		return []Segment{below}
	case ">", ">=":
		return []Segment{above}
	case "=":
		return []Segment{{Lo: bound, Hi: bound}}
	}
	return []Segment{below, above}
}

func satisfies(v float64, op string, bound float64) bool {
	return slices.ContainsFunc(solutions(op, bound), func(p Segment) bool { return p.holds(v) })
}

// Set is a set of cells of one column.
type Set struct {
	Numbers []Segment // allowed numbers or dates: their union; nil for a categorical column
	Levels  []bool    // allowed levels of a categorical column, by index; nil for others
	Missing bool      // a missing cell is allowed
	Texts   []string  // the conditions that made it, in order
}

// AnyCell returns the set of all cells of a column.
func AnyCell(f *datasets.Field) *Set {
	s := &Set{Missing: true}
	if len(f.Levels) == 0 {
		s.Numbers = []Segment{allNumbers()}
		return s
	}
	s.Levels = slices.Repeat([]bool{true}, len(f.Levels))
	return s
}

func noCell(f *datasets.Field) *Set {
	s := AnyCell(f)
	s.Missing, s.Numbers = false, nil
	clear(s.Levels)
	return s
}

func anyValue(f *datasets.Field) *Set {
	s := AnyCell(f)
	s.Missing = false
	return s
}

// and intersects s with t, but for the texts.
func (s *Set) and(t *Set) {
	s.Missing = s.Missing && t.Missing
	for k := range s.Levels {
		s.Levels[k] = s.Levels[k] && t.Levels[k]
	}
	var both []Segment
	for _, a := range s.Numbers {
		for _, b := range t.Numbers {
			if c := a.and(b); !c.empty() {
				both = append(both, c)
			}
		}
	}
	s.Numbers = both
}

// Holds reports whether cell (i, j) of c is in the set, j being its column.
func (s *Set) Holds(c *datasets.Cells, i, j int) bool {
	switch {
	case c.Missing(i, j):
		return s.Missing
	case s.Levels != nil:
		return s.Levels[c.Level(i, j)]
	}
	return s.HoldsNumber(c.Number(i, j))
}

// HoldsNumber reports whether the number, or date, v is in the set.
func (s *Set) HoldsNumber(v float64) bool {
	return slices.ContainsFunc(s.Numbers, func(p Segment) bool { return p.holds(v) })
}

// OnlyLevel returns the level of a categorical column that the set holds, if it
// holds one level and nothing else.
func (s *Set) OnlyLevel() (level int, ok bool) {
	level = slices.Index(s.Levels, true)
	if level < 0 || s.Missing || slices.Contains(s.Levels[level+1:], true) {
		return 0, false
	}
	return level, true
}
