package main

import (
	"math"

	"tweedie/datasets"
	"tweedie/guide"
)

// often is how much an event leaves.
type often int

const (
	never often = iota
	sometimes
	always
)

// events are what the conditions on column k say of encoded rows: one event, or
// none where they say nothing, but of levels with a code one of clusters and one of
// members. Levels of several clusters allow all their members in each of them, and
// numbers in several spans count from the lowest to the highest: the cells tell
// the rest.
func (w *where) events(k int) (list guide.Where, how often) {
	if w.sets[k].levels != nil {
		return w.ofLevels(k)
	}
	e, how := w.ofNumbers(k)
	if how == sometimes {
		list = guide.Where{e}
	}
	return list, how
}

// ofLevels are the events of a categorical column.
func (w *where) ofLevels(k int) (list guide.Where, how often) {
	f, s := &w.meta.Columns[k], w.sets[k]
	open := make([]bool, w.codec.Dim())
	for l, in := range s.levels {
		if in {
			w.codec.Mark(open, f.Name, l)
		}
	}
	if s.missing && f.Missing > 0 {
		w.codec.Mark(open, f.Name, -1)
	}
	how = always
	for _, b := range w.codec.Blocks() {
		if b.Column != f.Name {
			continue
		}
		var block, allowed []int
		for at := b.Start; at < b.Start+b.Len; at++ {
			block = append(block, at)
			if open[at] {
				allowed = append(allowed, at)
			}
		}
		switch leaves(len(allowed), len(block)) {
		case never:
			return nil, never
		case sometimes:
			list, how = append(list, guide.Levels(block, allowed)), sometimes
		}
	}
	return list, how
}

// ofNumbers is the event of a column of numbers.
func (w *where) ofNumbers(k int) (e guide.Event, how often) {
	f, s := &w.meta.Columns[k], w.sets[k]
	block, number := w.positions(f.Name)
	e = guide.Event{Block: block, Present: -1, Number: -1}
	if len(block) > 0 {
		for i, a := range f.Atoms {
			if s.holdsNumber(a.Value) {
				e.Allowed = append(e.Allowed, block[1+i])
			}
		}
		if s.missing && f.Missing > 0 {
			e.Allowed = append(e.Allowed, block[len(block)-1])
		}
	}
	lo, hi, some := w.hull(f, s, number)
	switch {
	case !some && len(block) == 0:
		return e, never
	case !some:
		return e, leaves(len(e.Allowed), len(block))
	case math.IsInf(lo, -1) && math.IsInf(hi, 1) && len(block) == 0:
		return e, always
	case math.IsInf(lo, -1) && math.IsInf(hi, 1):
		e.Allowed = append(e.Allowed, block[0])
		return e, leaves(len(e.Allowed), len(block))
	}
	e.Number, e.Lo, e.Hi = number, lo, hi
	if len(block) > 0 {
		e.Present = block[0]
	}
	return e, sometimes
}

func leaves(some, all int) often {
	switch some {
	case 0:
		return never
	case all:
		return always
	}
	return sometimes
}

// positions returns those of the levels of a column in an encoded row, and that
// of its number, -1 without.
func (w *where) positions(column string) (block []int, number int) {
	number = -1
	for _, b := range w.codec.Blocks() {
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

// hull returns the bounds of the encoded numbers that are written as a number of
// s, infinite where nothing is cut off, and whether there are any.
func (w *where) hull(f *datasets.Field, s *cellSet, number int) (lo, hi float64, some bool) {
	least, most, step := math.Inf(1), math.Inf(-1), cellStep(f)
	for _, p := range s.numbers {
		a, b := w.written(f, p)
		if a > b || a == b && isAtom(f, a) || a == b && step == 0 && !w.hasMass(number, a) {
			continue
		}
		least, most = min(least, a), max(most, b)
	}
	if least > most {
		return 0, 0, false
	}
	lo, hi = math.Inf(-1), math.Inf(1)
	if least > f.Range.Min || w.open && !math.IsInf(least, -1) {
		lo = w.codec.FromValue(number, below(least, step))
	}
	if most < f.Range.Max || w.open && !math.IsInf(most, 1) {
		hi = w.codec.FromValue(number, -below(-most, step))
	}
	if hi-lo < leastWidth { // a gap in the data, which the model has hardly seen
		lo, hi = lo-leastWidth/2, hi+leastWidth/2
	}
	return lo, hi, true
}

// leastWidth of an interval of encoded numbers, of standard deviation about 1.
const leastWidth = 1e-5

// below is the lower end of what is written as v.
func below(v, step float64) float64 {
	if step == 0 {
		return math.Nextafter(v, math.Inf(-1))
	}
	return v - step/2
}

// written returns the least and the largest number of p that a column shows.
func (w *where) written(f *datasets.Field, p segment) (lo, hi float64) {
	if lo, hi = p.lo, p.hi; !w.open {
		lo, hi = max(lo, f.Range.Min), min(hi, f.Range.Max)
	}
	step := cellStep(f)
	if step == 0 {
		return lo, hi
	}
	pow := math.Round(1 / step)
	return gridAbove(lo, pow, p.loOpen && lo == p.lo), -gridAbove(-hi, pow, p.hiOpen && hi == p.hi)
}

// gridAbove is the least multiple of 1/pow that is at least v, or above it.
func gridAbove(v, pow float64, open bool) float64 {
	if math.IsInf(v, 0) {
		return v
	}
	k := math.Round(v * pow)
	if g := k / pow; g < v || g == v && open {
		k++
	} else if h := (k - 1) / pow; h >= v && !(h == v && open) {
		k--
	}
	return k/pow + 0
}

// isAtom reports whether v is a level of its own of a column of numbers.
func isAtom(f *datasets.Field, v float64) bool {
	for _, a := range f.Atoms {
		if a.Value == v {
			return true
		}
	}
	return false
}

// hasMass reports whether a single number of a column without rounding is
// decoded from more than one encoded number.
func (w *where) hasMass(number int, v float64) bool {
	return w.codec.FromValue(number, math.Nextafter(v, math.Inf(1)))-w.codec.FromValue(number, math.Nextafter(v, math.Inf(-1))) > 1e-9
}
