package boost

import (
	"math"

	"tweedie/internal/parallel"
)

// leastGain is what a split must gain to be more than rounding; xgboost's.
const leastGain = 1e-6

// grower grows trees from one table, depth first: at most one histogram per level is alive.
type grower struct {
	*table
	penalty
	gamma, rate float64
	depth       int
	workers     int

	row, spareRow []int32 // rows of the tree, those of a node contiguous and in order
	gh, spareGH   []sum   // their derivatives
	free          [][]counts
	found         [2][]split // best of each bundle, for two siblings
	tree          tree
	leaves        []leaf
}

type leaf struct {
	lo, hi int
	value  float64
}

type part struct {
	id     int32
	lo, hi int
	depth  int
	total  sum
	best   split
}

func newGrower(t *table, o *Options) *grower {
	w := &grower{
		table:   t,
		penalty: penalty{lambda: o.Lambda, minChild: o.MinChild},
		gamma:   o.Gamma, rate: o.Rate, depth: o.Depth, workers: o.Workers,
		row: make([]int32, t.rows), spareRow: make([]int32, t.rows),
		gh: make([]sum, t.rows), spareGH: make([]sum, t.rows),
	}
	for i := range w.found {
		w.found[i] = make([]split, len(t.bundles))
	}
	return w
}

// grow returns the tree of all rows by w.gh; w.leaves and w.row say which leaf they are in.
func (w *grower) grow() tree {
	n := w.rows
	w.tree, w.leaves = tree{{}}, w.leaves[:0]
	root := part{hi: n}
	for _, s := range w.gh[:n] {
		root.total.add(s)
	}
	var h []counts
	if w.splittable(&root) {
		h = w.take()
		w.each(n, func(b int) {
			h[b].fill(w.bundles[b].size, w.bundles[b].code, w.row[:n], w.gh[:n])
			w.found[0][b] = w.bestOf(b, &h[b], &root)
		})
		w.choose(&root, 0)
	}
	w.expand(&root, h)
	return w.tree
}

// splittable says whether a split of p could be allowed at all.
func (w *grower) splittable(p *part) bool {
	return p.depth < w.depth && p.hi-p.lo > 1 && w.unitH*float64(p.total.h) >= 2*w.minChild
}

// expand splits p by p.best, or makes it a leaf. h is its histogram, nil if not splittable.
func (w *grower) expand(p *part, h []counts) {
	if h == nil || !(p.best.gain > max(leastGain, w.gamma)) {
		if h != nil {
			w.free = append(w.free, h)
		}
		v := w.rate * w.leaf(p.total)
		w.tree[p.id] = node{value: v, column: -1}
		w.leaves = append(w.leaves, leaf{p.lo, p.hi, v})
		return
	}
	left, right := w.divide(p)
	small, large := &left, &right
	if right.hi-right.lo < left.hi-left.lo {
		small, large = large, small
	}
	var of [2][]counts // of small and large
	if doSmall, doLarge := w.splittable(small), w.splittable(large); doSmall || doLarge {
		hs := w.take()
		w.each(small.hi-small.lo, func(b int) {
			bn := &w.bundles[b]
			hs[b].fill(bn.size, bn.code, w.row[small.lo:small.hi], w.gh[small.lo:small.hi])
			if doSmall {
				w.found[0][b] = w.bestOf(b, &hs[b], small)
			}
			if doLarge {
				h[b].subtract(bn.size, &hs[b])
				w.found[1][b] = w.bestOf(b, &h[b], large)
			}
		})
		if doSmall {
			w.choose(small, 0)
			of[0] = hs
		} else {
			w.free = append(w.free, hs)
		}
		if doLarge {
			w.choose(large, 1)
			of[1] = h
		}
	}
	if of[1] == nil {
		w.free = append(w.free, h)
	}
	w.expand(small, of[0])
	w.expand(large, of[1])
}

// divide writes p as an inner node and parts its rows, in their order.
func (w *grower) divide(p *part) (left, right part) {
	s, c := &p.best, &w.columns[p.best.column]
	cut := math.Inf(1) // all values against the missing
	if s.bin < len(c.cuts) {
		cut = c.cuts[s.bin]
	}
	kid := int32(len(w.tree))
	w.tree = append(w.tree, node{}, node{})

	mid := w.partition(p.lo, p.hi, s)
	w.tree[p.id] = node{value: cut, column: int32(s.column), kid: kid, missingLeft: s.missingLeft}
	left = part{id: kid, lo: p.lo, hi: mid, depth: p.depth + 1, total: s.left}
	right = part{id: kid + 1, lo: mid, hi: p.hi, depth: p.depth + 1, total: p.total}
	right.total.sub(s.left)
	return left, right
}

// partition moves the rows that s sends left to the front, and returns where others begin.
func (w *grower) partition(lo, hi int, s *split) int {
	code := w.bundles[w.bundle[s.column]].code
	var goes [maxBins]int // 1 for the codes that go left
	w.sides(&goes, s)
	l, r := lo, 0
	for k := lo; k < hi; k++ {
		i, d := w.row[k], w.gh[k]
		w.row[l], w.gh[l] = i, d // l ≤ k: overwrites nothing unread
		w.spareRow[r], w.spareGH[r] = i, d
		g := goes[code[i]]
		l += g
		r += 1 - g
	}
	copy(w.row[l:hi], w.spareRow[:r])
	copy(w.gh[l:hi], w.spareGH[:r])
	return l
}

// sides sets dst to 1 for each code that s sends left.
func (w *grower) sides(dst *[maxBins]int, s *split) {
	c := &w.columns[s.column]
	m := &w.bundles[w.bundle[s.column]].members[w.place[s.column]]
	side := func(slot int) int {
		if slot <= s.bin && slot < c.bins() || slot == c.bins() && s.missingLeft {
			return 1
		}
		return 0
	}
	if !m.whole {
		for k := range dst {
			dst[k] = side(m.common)
		}
	}
	for slot := range c.slots() {
		if m.whole || slot != m.common {
			dst[m.code(slot)] = side(slot)
		}
	}
}

// bestOf returns the best split of p by the columns of bundle b, with histogram c.
func (w *grower) bestOf(b int, c *counts, p *part) split {
	best := split{column: -1}
	var slots counts
	for k := range w.bundles[b].members {
		m := &w.bundles[b].members[k]
		col := &w.columns[m.column]
		if m.whole {
			w.search(&best, m.column, col, c[:col.slots()], p.total)
			continue
		}
		c.unpack(&slots, m, col.slots(), p.total)
		w.search(&best, m.column, col, slots[:col.slots()], p.total)
	}
	return best
}

// choose sets p.best to the best of w.found[of], of equals the lowest column's.
func (w *grower) choose(p *part, of int) {
	best := split{column: -1}
	for _, s := range w.found[of] {
		if s.column >= 0 && (s.gain > best.gain || s.gain == best.gain && s.column < best.column) {
			best = s
		}
	}
	best.gain -= w.score(p.total)
	p.best = best
}

// each calls do for every bundle, on several goroutines if there are enough rows.
func (w *grower) each(rows int, do func(b int)) {
	workers := w.workers
	if len(w.bundles)*(rows+maxBins) < 1<<14 {
		workers = 1
	}
	parallel.For(workers, len(w.bundles), do)
}

func (w *grower) take() []counts {
	if k := len(w.free) - 1; k >= 0 {
		h := w.free[k]
		w.free = w.free[:k]
		return h
	}
	return make([]counts, len(w.bundles))
}
