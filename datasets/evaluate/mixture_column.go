package evaluate

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Numbers that a mixture treats as levels.
const (
	fewValues = 50   // all of them when there are no more than these,
	atomShare = 0.05 // otherwise those that this share of the rows have
)

// mixtureColumn is a column of the rows that a mixture is fitted to. Its levels are
// categories, missing, and repeated numbers; other numbers have level rest and a score.
type mixtureColumn struct {
	level   []int // by row
	example []int // by level: a row that has it
	rest    int   // -1 for none
	ranks   ranked
	z       []float64 // by row, of those at the level rest

	p              [][]float64 // components × levels
	mean, variance []float64   // by component
	log            [][]float64 // of p
	base           []float64   // -½ log variance
}

func newMixtureColumn(c *column, n, components int, draw *rand.Rand) mixtureColumn {
	m := mixtureColumn{level: make([]int, n), rest: -1, ranks: ranked{field: c.field}, z: make([]float64, n),
		p: make([][]float64, components), log: make([][]float64, components), mean: make([]float64, components), variance: make([]float64, components), base: make([]float64, components)}
	of := map[float64]int{} // level of a value
	atoms := levelValues(c, n)
	var others []int
	for i := range n {
		var v float64
		switch {
		case c.category():
			v = float64(c.level[i])
		case c.missing(i):
			v = math.Inf(1)
		case atoms == nil || atoms[c.num[i]]:
			v = c.num[i]
		default:
			others = append(others, i)
			continue
		}
		l, known := of[v]
		if !known {
			l = len(m.example)
			of[v] = l
			m.example = append(m.example, i)
		}
		m.level[i] = l
	}
	if len(others) > 0 {
		m.rest = len(m.example)
		m.example = append(m.example, others[0])
		m.rankOthers(c, others, draw)
	}
	for k := range m.p {
		m.p[k], m.log[k] = make([]float64, len(m.example)), make([]float64, len(m.example))
	}
	return m
}

// levelValues returns the numbers that are levels, nil when all are.
func levelValues(c *column, n int) map[float64]bool {
	if c.category() {
		return nil
	}
	count := map[float64]int{}
	for _, v := range c.num {
		if !math.IsNaN(v) {
			count[v]++
		}
	}
	if len(count) <= fewValues && len(count)*4 <= n {
		return nil
	}
	atoms := map[float64]bool{}
	for v, k := range count {
		if float64(k) >= atomShare*float64(n) && k > 1 {
			atoms[v] = true
		}
	}
	return atoms
}

func (m *mixtureColumn) rankOthers(c *column, rows []int, draw *rand.Rand) {
	key := make([]float64, len(rows))
	for k, i := range rows {
		key[k] = c.num[i]
	}
	m.ranks = rank(c.field, key)
	for k, i := range rows {
		m.level[i] = m.rest
		m.z[i] = m.ranks.score(k, draw)
	}
	for k, at := range m.ranks.order {
		m.ranks.order[k] = rows[at]
	}
}

func (m *mixtureColumn) prepare() {
	for k := range m.p {
		for l, p := range m.p[k] {
			m.log[k][l] = math.Log(p)
		}
		m.base[k] = -math.Log(m.variance[k]) / 2
	}
}

// logProb returns the log probability of cell i under component k, up to a constant.
func (m *mixtureColumn) logProb(k, i int) float64 {
	l := m.level[i]
	s := m.log[k][l]
	if l == m.rest {
		d := m.z[i] - m.mean[k]
		s += m.base[k] - d*d/(2*m.variance[k])
	}
	return s
}

// maximize computes the parameters given the duties and their sums. Levels and the normal
// distribution get a tenth of a row more; variances are kept above 10⁻³.
func (m *mixtureColumn) maximize(duty *mat.Dense, total []float64) {
	const extra = 0.1
	n, _ := duty.Dims()
	share := make([]float64, len(m.example))
	for _, l := range m.level {
		share[l] += 1 / float64(n)
	}
	for k, p := range m.p {
		for l := range p {
			p[l] = extra * share[l] / (total[k] + extra)
		}
	}
	components := len(total)
	r, s, ss := make([]float64, components), make([]float64, components), make([]float64, components)
	for i, l := range m.level {
		z := m.z[i]
		for k, d := range duty.RawRowView(i) {
			m.p[k][l] += d / (total[k] + extra)
			if l == m.rest {
				r[k] += d
				s[k] += d * z
				ss[k] += d * z * z
			}
		}
	}
	for k := range r {
		w := r[k] + extra
		mu := s[k] / w
		m.mean[k] = mu
		m.variance[k] = max(1e-3, (ss[k]+extra)/w-mu*mu)
	}
}
