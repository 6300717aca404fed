package datasets

import (
	"math"
	"slices"

	"tweedie/internal/stream"
)

// Follow makes drawn rows obey the functions of the table (Field.Follows). A cell that is free
// becomes what follows from its row; it stays if its determinant has a value that no fitted
// row had, as a number can, or if it were to be missing where o has NoMissing. Where the cell
// is not free but the determinant is, that becomes a value that goes with the cell, if there
// is one: the nearest number, or a level drawn by frequency, of the same group or cluster if
// some go. Cells of which neither is free are left as they are.
//
// c must have the metadata of e, and its conditions (see SetConditions), which are never free.
func (e *Codec) Follow(c *Cells, o Decoding, free func(i, j int) bool) {
	key, source := stream.NewKey(o.Seed, "datasets/follow"), stream.NewSource(stream.Key{})
	for d, followers := range e.followers {
		var given []int
		for i := range c.rows {
			if free(i, d) && !e.meta.Columns[d].Condition {
				given = given[:0]
				for _, j := range followers {
					if !free(i, j) {
						given = append(given, j)
					}
				}
				at := func() float64 {
					source.Seek(key.At(o.FirstRow + uint64(i)).At(uint64(d)))
					return source.Float64()
				}
				if v := e.meta.sources(c, i, given, o.NoMissing); len(v) > 0 {
					c.setValue(i, d, e.nearest(d, c.value(i, d), v, at))
				}
			}
			for _, j := range followers {
				v, known := e.meta.Columns[j].Follows.of(c.value(i, d))
				if known && free(i, j) && !(o.NoMissing && v != v) {
					c.setValue(i, j, v)
				}
			}
		}
	}
}

// followers are the columns that follow from each column that determines some.
func (m *Metadata) followers() map[int][]int {
	of := map[int][]int{}
	for j := range m.Columns {
		if d := m.Determinant(j); d >= 0 {
			of[d] = append(of[d], j)
		}
	}
	return of
}

// Going returns the values of a column, in order, that go with the cells of row 0 of one in
// those of the known columns that follow from it; nil if none follows, or no value goes.
func (e *Codec) Going(column string, one *Cells, known []int) Values {
	for d, followers := range e.followers {
		if e.meta.Columns[d].Name == column {
			given := slices.DeleteFunc(slices.Clone(followers), func(j int) bool { return !slices.Contains(known, j) })
			return e.meta.sources(one, 0, given, false)
		}
	}
	return nil
}

// sources are the values of a determinant that go with those of row i in the columns given,
// which follow from it; none without columns.
func (m *Metadata) sources(c *Cells, i int, given []int, noMissing bool) Values {
	if len(given) == 0 {
		return nil
	}
	var list Values
	for _, v := range m.Columns[given[0]].Follows.From {
		goes := !(noMissing && v != v)
		for _, j := range given {
			to, known := m.Columns[j].Follows.of(v)
			goes = goes && known && same(to, c.value(i, j))
		}
		if goes {
			list = append(list, v)
		}
	}
	return list
}

// nearest is v if it is in list, the values that column d may have, or else one of them.
func (e *Codec) nearest(d int, v float64, list Values, uniform func() float64) float64 {
	if slices.ContainsFunc(list, func(w float64) bool { return same(v, w) }) {
		return v
	}
	f := &e.meta.Columns[d]
	if !f.HasLevels() {
		best := list[len(list)/2]
		for _, w := range list {
			if math.Abs(w-v) < math.Abs(best-v) {
				best = w
			}
		}
		return best
	}
	if alike := e.alike(d, v, list); len(alike) > 0 {
		list = alike
	}
	weights, sum := make([]float64, len(list)), 0.0
	for k, w := range list {
		rows := f.Missing
		if w == w {
			rows = f.Levels[int(w)].Count
		}
		sum += max(float64(rows), 0.5)
		weights[k] = sum
	}
	u := uniform() * sum
	k, _ := slices.BinarySearch(weights, u)
	return list[min(k, len(list)-1)]
}

// alike are the levels of list that share the first position of level v.
func (e *Codec) alike(d int, v float64, list Values) (alike Values) {
	p, err := e.column(e.meta.Columns[d].Name)
	if err != nil || v != v {
		return nil
	}
	first, _ := p.at(p.itemOf(v))
	for _, w := range list {
		if at, _ := p.at(p.itemOf(w)); at == first {
			alike = append(alike, w)
		}
	}
	return alike
}

// itemOf is the item of a value in the category blocks.
func (p *codecColumn) itemOf(v float64) int {
	switch {
	case v != v:
		return p.missing
	case p.number >= 0:
		return 1 + p.field.atom(v)
	}
	return p.position[int(v)]
}

// Imply completes what is known of one row by the functions of the table. What follows from
// known cells, or is the only value that goes with them, becomes known: in one, row 0 of which
// has the known cells, in known, which says which columns these are, and in the encoded row,
// NaN where it is free. Of a column that determines known ones and is not known itself, the
// levels that do not go with them are 0 in row (see nn.Model.Conditional). Cells that
// contradict each other stay, and so does what conditions determine. With noMissing no cell
// becomes known to be missing.
func (e *Codec) Imply(row []float64, one *Cells, known []bool, noMissing bool) {
	for d, followers := range e.followers {
		p, err := e.column(e.meta.Columns[d].Name)
		if err != nil { // a condition
			continue
		}
		var given []int
		for _, j := range followers {
			if known[j] {
				given = append(given, j)
			}
		}
		if !known[d] {
			switch v := e.meta.sources(one, 0, given, noMissing); len(v) {
			case 0:
			case 1:
				e.imply(row, one, known, d, v[0])
			default:
				p.exclude(row, v)
			}
		}
		for _, j := range followers {
			v, is := e.meta.Columns[j].Follows.of(one.value(0, d))
			if known[d] && is && !known[j] && !(noMissing && v != v) {
				e.imply(row, one, known, j, v)
			}
		}
	}
}

// imply makes the value of column j known.
func (e *Codec) imply(row []float64, one *Cells, known []bool, j int, v float64) {
	one.setValue(0, j, v)
	known[j] = true
	p, err := e.column(e.meta.Columns[j].Name)
	if err != nil {
		panic("datasets: a column that follows is not encoded")
	}
	p.column.encode(p, row, one, 0, func() float64 { return 0.5 })
}

// exclude stores 0 in the category block, or the first of two, where none of the values is.
func (p *codecColumn) exclude(row []float64, values Values) {
	if p.category < 0 {
		return
	}
	n := p.levels
	if p.clusters != nil {
		n = p.clusters.firsts
	}
	block := row[p.category : p.category+n]
	goes := make([]bool, n)
	for _, v := range values {
		at, _ := p.at(p.itemOf(v))
		goes[at-p.category] = true
	}
	left := 0
	for k := range block {
		if !goes[k] {
			block[k] = 0
		} else if block[k] != 0 {
			left++
		}
	}
	if left == 1 { // and the network is told of it
		for k := range block {
			if block[k] != 0 {
				block[k] = 1
			}
		}
	}
}
