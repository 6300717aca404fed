package main

import (
	"math"
	"slices"

	"tweedie/datasets"
)

// segment is the numbers from lo to hi, each end open or not.
type segment struct {
	lo, hi         float64
	loOpen, hiOpen bool
}

func (s segment) holds(v float64) bool {
	return (v > s.lo || v == s.lo && !s.loOpen) && (v < s.hi || v == s.hi && !s.hiOpen)
}

func (s segment) empty() bool { return s.lo > s.hi || s.lo == s.hi && (s.loOpen || s.hiOpen) }

// and is the intersection.
func (s segment) and(t segment) segment {
	if t.lo > s.lo || t.lo == s.lo && t.loOpen {
		s.lo, s.loOpen = t.lo, t.loOpen
	}
	if t.hi < s.hi || t.hi == s.hi && t.hiOpen {
		s.hi, s.hiOpen = t.hi, t.hiOpen
	}
	return s
}

var everything = segment{lo: math.Inf(-1), hi: math.Inf(1)}

// numbersThat is the numbers v with v op c.
func numbersThat(op string, c float64) []segment {
	below, above := everything, everything
	below.hi, above.lo = c, c
	switch op {
	case "<":
		below.hiOpen = true
		return []segment{below}
	case "<=":
		return []segment{below}
	case ">":
		above.loOpen = true
		return []segment{above}
	case ">=":
		return []segment{above}
	case "=":
		return []segment{{lo: c, hi: c}}
	}
	below.hiOpen, above.loOpen = true, true
	return []segment{below, above}
}

// cellSet is what the conditions leave of a column.
type cellSet struct {
	numbers []segment // of a column of numbers or dates
	levels  []bool    // of a categorical column, by the index of the level
	missing bool
	said    []string // by which conditions
}

// anyCell is the set of all cells of a column.
func anyCell(f *datasets.Field) *cellSet {
	s := &cellSet{missing: true}
	if len(f.Levels) == 0 {
		s.numbers = []segment{everything}
		return s
	}
	s.levels = make([]bool, len(f.Levels))
	for k := range s.levels {
		s.levels[k] = true
	}
	return s
}

// and leaves what is in t too.
func (s *cellSet) and(t *cellSet) {
	s.missing = s.missing && t.missing
	s.said = append(s.said, t.said...)
	for k := range s.levels {
		s.levels[k] = s.levels[k] && t.levels[k]
	}
	var both []segment
	for _, a := range s.numbers {
		for _, b := range t.numbers {
			if c := a.and(b); !c.empty() {
				both = append(both, c)
			}
		}
	}
	s.numbers = both
}

// holds reports whether cell (i, j) is in the set.
func (s *cellSet) holds(c *datasets.Cells, i, j int) bool {
	switch {
	case c.Missing(i, j):
		return s.missing
	case s.levels != nil:
		return s.levels[c.Level(i, j)]
	}
	return s.holdsNumber(c.Number(i, j))
}

func (s *cellSet) holdsNumber(v float64) bool {
	return slices.ContainsFunc(s.numbers, func(p segment) bool { return p.holds(v) })
}
