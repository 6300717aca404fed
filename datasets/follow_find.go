package datasets

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// What makes column B a function of column A: each value of A goes with one value of B in all
// rows, A has at most maxDeterminants values, each taken determinantRepeats times on average,
// and chance does not explain that: of all orders of the cells of B, the share in which it is
// a function of A, times the number of pairs of columns, is at most functionChance. Repetitions
// tell a function from columns that go together without being one: of a number with 40 values
// in 150 rows a class is a function easily.
const (
	maxDeterminants    = 1000
	determinantRepeats = 10
	functionChance     = 1e-9
)

// Most pairs of columns are no function, which few rows show: sampledRows in equal steps, and
// of each column most of whose cells have one value rareRows with another.
const (
	sampledRows = 4096
	mostly      = 0.9
	rareRows    = 32
)

// functionFinder looks for columns that are functions of others.
type functionFinder struct {
	cells  *Cells
	meta   *Metadata
	sample []int      // rows
	coded  [][]uint16 // values of each column in the sample, by number; nil where they are too many
	found  map[[2]int]*Follows
}

// findFollows finds which columns are functions of others. A column that is one determines no
// other: its own determinant does. Of two that determine each other a condition does, or else
// the first. Conditions follow from nothing, since they are given.
func (m *Metadata) findFollows(c *Cells) {
	for j := range m.Columns {
		m.Columns[j].Follows = nil
	}
	s := &functionFinder{cells: c, meta: m, found: map[[2]int]*Follows{}}
	columns := m.indices((*Field).Modeled)
	if len(columns) < 2 || c.rows < 2*determinantRepeats {
		return
	}
	s.sampleRows(columns)
	for _, a := range columns {
		var left []int
		for _, b := range columns {
			if a != b && !m.Columns[b].Condition && s.plausible(a, b) {
				left = append(left, b)
			}
		}
		s.test(a, left, math.Log(float64(len(columns)*(len(columns)-1))/functionChance))
	}
	s.settle(columns)
}

// sampleRows chooses the rows of the sample, and numbers the values that columns have there.
func (s *functionFinder) sampleRows(columns []int) {
	c := s.cells
	n := min(c.rows, sampledRows)
	for k := range n {
		s.sample = append(s.sample, k*c.rows/n)
	}
	steps := s.sample
	s.coded = make([][]uint16, len(s.meta.Columns))
	for _, j := range columns {
		at := map[float64]int{}
		usual, most := 0.0, 0
		for _, i := range steps {
			v := c.value(i, j)
			if v != v {
				v = math.Inf(1) // NaN is no key, and infinity no value
			}
			if at[v]++; at[v] > most {
				usual, most = v, at[v]
			}
			if len(at) > maxDeterminants {
				break
			}
		}
		if len(at) > maxDeterminants {
			continue
		}
		s.coded[j] = []uint16{}
		if float64(most) < mostly*float64(n) || n == c.rows {
			continue
		}
		for i, rare := 0, 0; i < c.rows && rare < rareRows; i++ {
			if v := c.value(i, j); v != usual && !(v != v && usual == math.Inf(1)) {
				s.sample, rare = append(s.sample, i), rare+1
			}
		}
	}
	for _, j := range columns {
		if s.coded[j] != nil {
			s.coded[j], _ = s.code(j, s.sample)
		}
	}
}

// code numbers the values of column j in rows, in their order; nil if they are too many.
func (s *functionFinder) code(j int, rows []int) (codes []uint16, values Values) {
	at := map[float64]uint16{}
	codes = make([]uint16, 0, len(rows))
	for _, i := range rows {
		v := s.cells.value(i, j)
		key := v
		if v != v {
			key = math.Inf(1)
		}
		k, known := at[key]
		if !known {
			if len(values) > maxDeterminants {
				return nil, nil
			}
			k = uint16(len(values))
			at[key], values = k, append(values, v)
		}
		codes = append(codes, k)
	}
	return codes, values
}

// plausible reports whether b may be a function of a as far as the sample tells.
func (s *functionFinder) plausible(a, b int) bool {
	from, to := s.coded[a], s.coded[b]
	if from == nil || to == nil {
		return false
	}
	var first [maxDeterminants + 1]uint16 // 1 + the value that goes with one of a
	for i, k := range from {
		switch first[k] {
		case 0:
			first[k] = to[i] + 1
		case to[i] + 1:
		default:
			return false
		}
	}
	return true
}

// test keeps those of columns b that are functions of a, by chance with e^-least at most.
func (s *functionFinder) test(a int, bs []int, least float64) {
	if len(bs) == 0 {
		return
	}
	c := s.cells
	codes, values := s.code(a, indices(c.rows))
	if codes == nil || len(values) > maxDeterminants || c.rows < determinantRepeats*len(values) {
		return
	}
	count := make([]int, len(values))
	for _, k := range codes {
		count[k]++
	}
	order := indices(len(values))
	slices.SortFunc(order, func(x, y int) int { return cmp.Compare(values[x], values[y]) })
	for _, b := range bs {
		to := make(Values, len(values))
		seen, is := make([]bool, len(values)), true
		for i := 0; i < c.rows && is; i++ {
			k, v := codes[i], c.value(i, b)
			if !seen[k] {
				seen[k], to[k] = true, v
			}
			is = same(to[k], v)
		}
		if !is || !unlikely(count, to, least) {
			continue
		}
		f := &Follows{Column: s.meta.Columns[a].Name}
		for _, k := range order {
			f.From, f.To = append(f.From, values[k]), append(f.To, to[k])
		}
		s.found[[2]int{a, b}] = f
	}
}

// unlikely reports whether at most e^-least of the orders of the cells of B make it a function
// of A, of which count[k] rows have the value k, with the value to[k] of B. If m_b of n cells
// have the value b, these are
//
//	N Π_b m_b!/n!,   N ≤ Π_a Σ_b x_b^n_a / Π_b x_b^m_b   for all x_b > 0,
//
// N being the number of functions of A with these m_b. Of the x_b = m_b^s one will do.
func unlikely(count []int, to Values, least float64) bool {
	rows, n := map[float64]int{}, 0
	for k, v := range to {
		if v != v {
			v = math.Inf(1) // NaN is no key, and infinity no value
		}
		rows[v] += count[k]
		n += count[k]
	}
	sizes := slices.Sorted(maps.Values(rows))
	orders := lnFactorial(n)
	for _, m := range sizes {
		orders -= lnFactorial(m)
	}
	for s := 1.0; orders >= least; s /= 2 {
		if s < 1e-3 {
			s = 0
		}
		functions := 0.0
		for _, a := range count {
			sum := 0.0
			for _, m := range sizes {
				sum += math.Pow(float64(m)/float64(n), s*float64(a))
			}
			functions += math.Log(sum)
		}
		for _, m := range sizes {
			functions -= s * float64(m) * math.Log(float64(m)/float64(n))
		}
		if orders-functions >= least {
			return true
		}
		if s == 0 {
			break
		}
	}
	return false
}

func lnFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}

// settle gives each column that is a function the determinant that follows from none.
func (s *functionFinder) settle(columns []int) {
	m, parent := s.meta, map[int]int{}
	before := func(a, b int) bool { // of two that determine each other
		if c := m.Columns[a].Condition; c != m.Columns[b].Condition {
			return c
		}
		return a < b
	}
	for _, b := range columns {
		for _, a := range columns {
			f := s.found[[2]int{a, b}]
			if f == nil || len(f.distinct()) == len(f.From) && before(b, a) {
				continue
			}
			if p, has := parent[b]; !has || before(a, p) {
				parent[b] = a
			}
		}
	}
	for _, b := range columns {
		a, has := parent[b]
		if !has {
			continue
		}
		f := s.found[[2]int{a, b}]
		for p, more := parent[a]; more; p, more = parent[p] {
			f = f.after(s.found[[2]int{p, a}])
			a = p
		}
		m.Columns[b].Follows = f
	}
}

// distinct returns the different values of the column that follows, in order.
func (f *Follows) distinct() Values {
	to := slices.Clone(f.To)
	slices.SortFunc(to, cmp.Compare)
	return slices.CompactFunc(to, same)
}

// after is f of g.
func (f *Follows) after(g *Follows) *Follows {
	h := &Follows{Column: g.Column, From: g.From, To: make(Values, len(g.To))}
	for k, v := range g.To {
		h.To[k], _ = f.of(v) // every value of g is one that f was found on
	}
	return h
}

// indices are the first n whole numbers.
func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
