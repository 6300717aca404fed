package where

import (
	"math"
	"slices"

	"tweedie/datasets"
)

// leastWidth is the smallest width of an interval of encoded numbers.
const leastWidth = 1e-5

// Positions returns the positions in an encoded row of the levels of a column
// (those of a column of numbers are present, its atoms, missing), and the position
// of its number, -1 if it has none.
func (c *Conditions) Positions(column string) (block []int, number int) {
	number = -1
	for _, b := range c.codec.Blocks() {
		switch {
		case b.Column != column:
		case b.Kind == datasets.Continuous:
			number = b.Start
		default:
			for i := range b.Len {
				block = append(block, b.Start+i)
			}
		}
	}
	return block, number
}

// Interval returns the bounds of the encoded numbers of column k that decode to an
// allowed number, and whether there are any. A bound that excludes nothing is
// infinite. Of several segments it spans all. Numbers that are atoms, which have
// levels of their own, do not count; where all values are levels, the only one that is no atom counts as all
// numbers. Of a rounded column the bounds are those of
// the rounding cells, half a step beyond the outermost allowed values.
func (c *Conditions) Interval(k int) (lo, hi float64, some bool) {
	f, s := &c.meta.Columns[k], c.cells[k]
	if s == nil {
		s = AnyCell(f)
	}
	if values := f.LevelValues(); values != nil { // the number says nothing
		return math.Inf(-1), math.Inf(1), s.HoldsNumber(values[0])
	}
	_, number := c.Positions(f.Name)
	if number < 0 {
		return 0, 0, false
	}
	least, most, step := math.Inf(1), math.Inf(-1), f.Step()
	for _, p := range s.Numbers {
		a, b := c.shown(f, p)
		if a > b || a == b && slices.ContainsFunc(f.Atoms, func(t datasets.Atom) bool { return t.Value == a }) || a == b && step == 0 && !c.hasMass(number, a) {
			continue
		}
		least, most = min(least, a), max(most, b)
	}
	if least > most {
		return 0, 0, false
	}
	lo, hi = math.Inf(-1), math.Inf(1)
	if least > f.Range.Min || c.extrapolates && !math.IsInf(least, -1) {
		start, _ := f.Cell(least)
		lo = c.codec.FromValue(number, cellStart(start, step))
	}
	if most < f.Range.Max || c.extrapolates && !math.IsInf(most, 1) {
		_, end := f.Cell(most)
		hi = c.codec.FromValue(number, -cellStart(-end, step))
	}
	if hi-lo < leastWidth { // values that no row of the training had
		lo, hi = lo-leastWidth/2, hi+leastWidth/2
	}
	return lo, hi, true
}

// shown returns the least and the largest shown number of p, in reverse when there is none.
func (c *Conditions) shown(f *datasets.Field, p Segment) (lo, hi float64) {
	if lo, hi = p.Lo, p.Hi; !c.extrapolates {
		lo, hi = max(lo, f.Range.Min), min(hi, f.Range.Max)
	}
	step := f.Step()
	switch {
	case step == 0:
		return lo, hi
	case f.Grid != nil:
		return f.Above(lo, p.LoOpen && lo == p.Lo), f.Below(hi, p.HiOpen && hi == p.Hi)
	}
	perUnit := math.Round(1 / step)
	return gridAbove(lo, perUnit, p.LoOpen && lo == p.Lo), -gridAbove(-hi, perUnit, p.HiOpen && hi == p.Hi)
}

// gridAbove returns the least multiple of 1/perUnit at v or above, above v if open.
func gridAbove(v, perUnit float64, open bool) float64 {
	if math.IsInf(v, 0) {
		return v
	}
	k := math.Round(v * perUnit)
	if g := k / perUnit; g < v || g == v && open {
		k++
	} else if h := (k - 1) / perUnit; h >= v && !(h == v && open) {
		k--
	}
	return k/perUnit + 0
}

// cellStart returns the lower end of the numbers that are written as v, of which start is
// the end of the cell.
func cellStart(start, step float64) float64 {
	if step == 0 {
		return math.Nextafter(start, math.Inf(-1))
	}
	return start
}

// hasMass reports whether several encoded numbers decode to v, in a column not rounded.
func (c *Conditions) hasMass(number int, v float64) bool {
	return c.codec.FromValue(number, math.Nextafter(v, math.Inf(1)))-c.codec.FromValue(number, math.Nextafter(v, math.Inf(-1))) > 1e-9
}

// snap returns the number of the column's grid that equals v up to rounding errors, or v.
func snap(f *datasets.Field, v float64) float64 {
	step := f.Step()
	if step == 0 {
		return v
	}
	if f.Grid != nil {
		if near := f.Above(v-1e-12*math.Abs(v), false); math.Abs(near-v) <= 1e-12*math.Abs(v) {
			return near
		}
		return v
	}
	perUnit := math.Round(1 / step)
	if near := math.Round(v*perUnit) / perUnit; math.Abs(near-v) <= 1e-12*math.Abs(v) {
		return near
	}
	return v
}
