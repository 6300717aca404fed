package boost

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/parallel"
)

// bundle is one byte per row of one column, or of several of which at most one leaves its
// commonest slot in any row.
type bundle struct {
	code    []uint8
	size    int      // number of codes in use
	members []member // one with whole set, or several
}

// member is the part of a bundle that is one column's.
type member struct {
	column int
	// whole says that the column's slots are the codes. Otherwise code
	// offset+k is its k-th slot but the commonest, and every code outside
	// offset … offset+slots−2 stands for the commonest.
	whole  bool
	offset int
	common int
}

type table struct {
	rows    int
	columns []column
	bundles []bundle
	bundle  []int32 // of each column; −1 for a column that cannot be split
	place   []int32 // of the column among the bundle's members
}

func newTable(x *mat.Dense, bins, workers int) *table {
	n, p := x.Dims()
	t := &table{rows: n, columns: make([]column, p), bundle: make([]int32, p), place: make([]int32, p)}
	common := make([]int, p)
	rare := make([]int, p)
	parallel.For(workers, p, func(j int) {
		t.columns[j] = newColumn(x, j, bins)
		common[j], rare[j] = commonest(t.columns[j].slot)
	})
	var taken [][]uint64 // of each bundle that may get more members: rows not in code 0
	var open []int       // its index
	for j := range t.columns {
		c := &t.columns[j]
		t.bundle[j] = -1
		switch {
		case c.slots() == 1:
			c.slot = nil
		case c.slots() > bundled || 2*rare[j] > n:
			t.bundle[j] = int32(len(t.bundles))
			t.bundles = append(t.bundles, bundle{c.slot, c.slots(), []member{{column: j, whole: true}}})
			c.slot = nil
		default:
			k := t.room(taken, open, c, common[j])
			if k < 0 {
				k, taken = len(open), append(taken, make([]uint64, (n+63)/64))
				open = append(open, len(t.bundles))
				t.bundles = append(t.bundles, bundle{code: make([]uint8, n), size: 1})
			}
			b := &t.bundles[open[k]]
			t.bundle[j], t.place[j] = int32(open[k]), int32(len(b.members))
			b.add(j, c, common[j], taken[k])
			c.slot = nil
		}
	}
	return t
}

// bundled is the most slots of a column that may share a bundle.
const bundled = 32

// commonest returns the most frequent slot, the lowest of equals, and the other rows' number.
func commonest(slot []uint8) (common, rare int) {
	var count [maxBins]int
	for _, s := range slot {
		count[s]++
	}
	for s, k := range count {
		if k > count[common] {
			common = s
		}
	}
	return common, len(slot) - count[common]
}

// room returns the first open bundle that has room for c and its rows, or −1.
func (t *table) room(taken [][]uint64, open []int, c *column, common int) int {
	var words []uint64 // of c, made when first needed
	for k, b := range open {
		if t.bundles[b].size+c.slots()-1 > maxBins {
			continue
		}
		if words == nil {
			words = make([]uint64, len(taken[k]))
			for i, s := range c.slot {
				if int(s) != common {
					words[i/64] |= 1 << (i % 64)
				}
			}
		}
		if disjoint(words, taken[k]) {
			return k
		}
	}
	return -1
}

func disjoint(a, b []uint64) bool {
	for i, w := range a {
		if w&b[i] != 0 {
			return false
		}
	}
	return true
}

// add makes column j the last member of b and marks its rows as taken.
func (b *bundle) add(j int, c *column, common int, taken []uint64) {
	m := member{column: j, offset: b.size, common: common}
	for i, s := range c.slot {
		if int(s) != common {
			b.code[i] = uint8(m.code(int(s)))
			taken[i/64] |= 1 << (i % 64)
		}
	}
	b.size += c.slots() - 1
	b.members = append(b.members, m)
}

// code returns the code of slot s, which is not the commonest.
func (m *member) code(s int) int {
	switch {
	case m.whole:
		return s
	case s > m.common:
		return m.offset + s - 1
	default:
		return m.offset + s
	}
}
