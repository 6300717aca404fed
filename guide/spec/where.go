package spec

import (
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/guide"
)

// Terms returns the guides towards conditions: a guide.Where of the conditions on single
// columns, and a guide.Bounds for each relation, other than !=, which nearly all rows
// satisfy. The columns fixed (indices of the metadata) are given already, and those of
// Field.Condition are not encoded: neither has a guide for conditions of its own. The
// result may be empty.
//
// The guides can be wider than the conditions: several segments of numbers count as one
// interval from the lowest to the highest, and several levels of a column with a Code
// as all pairs of their clusters and members. Cells have to be checked by
// Conditions.Holds.
func Terms(w *where.Conditions, fixed []int) []guide.Term {
	var events guide.Where
	for _, k := range w.Columns() {
		switch f := &w.Metadata().Columns[k]; {
		case f.Condition || slices.Contains(fixed, k):
		case w.Cells(k).Levels != nil:
			events = append(events, levelEvents(w, k)...)
		default:
			if e, excludes := numberEvent(w, k); excludes {
				events = append(events, e)
			}
		}
	}
	var terms []guide.Term
	if len(events) > 0 {
		terms = append(terms, append(events, otherLevels(w.Codec(), events)...))
	}
	for _, r := range w.Relations() {
		if slices.ContainsFunc(r.Columns, func(k int) bool { return w.Metadata().Columns[k].Condition }) {
			continue // one of its numbers is given, and not in the row
		}
		if b, excludes := relationBounds(w, r); excludes {
			terms = append(terms, b)
		}
	}
	return terms
}

// levelEvents are the events of the blocks of a column in which not all positions are allowed.
func levelEvents(w *where.Conditions, k int) (list guide.Where) {
	c, f, s := w.Codec(), &w.Metadata().Columns[k], w.Cells(k)
	open := make([]bool, c.Dim())
	for l, in := range s.Levels {
		if in {
			c.Mark(open, f.Name, l)
		}
	}
	if s.Missing && f.Missing > 0 {
		c.Mark(open, f.Name, -1)
	}
	for _, b := range c.Blocks() { // of other columns nothing is marked
		block := positions(b)
		allowed := slices.DeleteFunc(positions(b), func(at int) bool { return !open[at] })
		if restricts(allowed, block) {
			list = append(list, guide.Levels(block, allowed))
		}
	}
	return list
}

// numberEvent is the event of a column of numbers, if it excludes something.
func numberEvent(w *where.Conditions, k int) (e guide.Event, excludes bool) {
	f, s := &w.Metadata().Columns[k], w.Cells(k)
	block, number := w.Positions(f.Name)
	e = guide.Event{Block: block, Present: -1, Number: -1}
	if len(block) > 0 { // present, the atoms, missing
		for i, a := range f.Atoms {
			if s.HoldsNumber(a.Value) {
				e.Allowed = append(e.Allowed, block[1+i])
			}
		}
		if s.Missing && f.Missing > 0 {
			e.Allowed = append(e.Allowed, block[len(block)-1])
		}
	}
	lo, hi, numbers := w.Interval(k)
	if numbers && !(math.IsInf(lo, -1) && math.IsInf(hi, 1)) {
		e.Number, e.Lo, e.Hi = number, lo, hi
		if len(block) > 0 {
			e.Present = block[0]
		}
		return e, true
	}
	if numbers && len(block) > 0 {
		e.Allowed = append(e.Allowed, block[0])
	}
	return e, restricts(e.Allowed, block)
}

// restricts reports whether some positions of a block are allowed, and not all.
func restricts(allowed, block []int) bool { return len(allowed) > 0 && len(allowed) < len(block) }

func positions(b datasets.Block) []int {
	list := make([]int, b.Len)
	for i := range list {
		list[i] = b.Start + i
	}
	return list
}

// otherLevels are the blocks of levels without an event, as events that allow all of a
// block: guide.Where bounds what it does to positions that it knows to be levels.
func otherLevels(c *datasets.Codec, events guide.Where) (list guide.Where) {
	for _, b := range c.Blocks() {
		known := func(e guide.Event) bool { return slices.Contains(e.Block, b.Start) }
		if b.Kind == datasets.Category && !slices.ContainsFunc(events, known) {
			list = append(list, guide.Levels(positions(b), positions(b)))
		}
	}
	return list
}

// relationBounds are the bounds of a sum of columns. The sums that cells show are
// multiples of a step: an end is midway between the last that satisfies the relation
// and the first that does not. Where a sum is to be equal to the bound, the encoded one may differ by half of the largest
// step, within which numbers are rounded.
func relationBounds(w *where.Conditions, r where.Relation) (b guide.Bounds, excludes bool) {
	c, m := w.Codec(), w.Metadata()
	var sum ColumnSum
	for _, k := range r.Columns {
		p, err := newPart(c, m.Columns[k].Name, r.Weights[k])
		if err != nil {
			panic(err) // of other conditions than these
		}
		sum = append(sum, p)
	}
	common, largest := r.Steps(m)
	half := common / 2
	b = guide.Bounds{A: NewSumOperator(c, sum), Lo: math.Inf(-1), Hi: math.Inf(1)}
	switch r.Op {
	case "<":
		b.Hi = r.Bound - half
	case "<=":
		b.Hi = r.Bound + half
	case ">":
		b.Lo = r.Bound + half
	case ">=":
		b.Lo = r.Bound - half
	case "=":
		b.Lo, b.Hi = r.Bound-largest/2, r.Bound+largest/2
	default:
		return b, false
	}
	return b, true
}
