package evaluate

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// Components of the mixture floor, and rounds of EM.
const (
	mixtureComponents = 50
	mixtureRounds     = 40
	mixtureRows       = 10_000
	mixturePerRows    = 10 // rows that a component needs
)

// Mixture returns n rows of a mixture fitted to c by expectation maximization
// (Dempster, Laird and Rubin 1977), a component being
//
//	π_k Π_j p_kj(level) Π_numbers N(z_j; μ_kj, σ²_kj),
//
// z the normal scores of numbers, ties at random within their share. Numbers
// are levels first, as categories are (see mixtureColumn), and have a normal law
// only at the level that stands for all others. There are 50 components, or one
// for every 10 rows if those are fewer, fitted to at most 10,000 rows in 40
// rounds. It is a function of its arguments.
func Mixture(c *datasets.Cells, n int, seed uint64) *datasets.Cells {
	out := empty(c, n)
	c = thinned(c, mixtureRows, seed)
	f := newFrame(c)
	m := newMixtureModel(f, max(1, min(mixtureComponents, f.n/mixturePerRows)), seed)
	for range mixtureRounds {
		m.expect()
		m.maximize()
	}
	draw := stream.New(seed, "mixture")
	for i := range n {
		k := pick(m.weight, draw)
		for j := range m.cols {
			col := &m.cols[j]
			l := pick(col.p[k], draw)
			row := col.example[l]
			if l == col.rest {
				row = col.ranks.row(col.mean[k] + math.Sqrt(col.variance[k])*draw.NormFloat64())
			}
			out.Copy(i, col.ranks.field, c, row)
		}
	}
	return out
}

type mixtureModel struct {
	n      int
	weight []float64
	cols   []mixtureColumn
	duty   *mat.Dense // rows × components
}

// newMixtureModel assigns each row to the nearest of some rows drawn at random.
func newMixtureModel(f *frame, components int, seed uint64) *mixtureModel {
	m := &mixtureModel{n: f.n, weight: make([]float64, components), duty: mat.NewDense(f.n, components, nil)}
	for j := range f.cols {
		m.cols = append(m.cols, newMixtureColumn(&f.cols[j], f.n, components, stream.New(seed, "mixture scores", uint64(j))))
	}
	seeds := stream.New(seed, "mixture seeds").Perm(f.n)[:components]
	parallel.For(0, f.n, func(i int) {
		best, low := 0, math.Inf(1)
		for k, s := range seeds {
			if dist := m.apart(i, s); dist < low {
				best, low = k, dist
			}
		}
		m.duty.Set(i, best, 1)
	})
	m.maximize()
	return m
}

// apart is the squared distance of scores, 2 for each column whose levels differ.
func (m *mixtureModel) apart(i, s int) float64 {
	sum := 0.0
	for j := range m.cols {
		c := &m.cols[j]
		switch {
		case c.level[i] != c.level[s]:
			sum += 2
		case c.level[i] == c.rest:
			sum += (c.z[i] - c.z[s]) * (c.z[i] - c.z[s])
		}
	}
	return sum
}

func (m *mixtureModel) expect() {
	for j := range m.cols {
		m.cols[j].prepare()
	}
	parallel.For(0, m.n, func(i int) {
		row := m.duty.RawRowView(i)
		top := math.Inf(-1)
		for k := range row {
			s := math.Log(m.weight[k])
			for j := range m.cols {
				s += m.cols[j].logProb(k, i)
			}
			row[k] = s
			top = max(top, s)
		}
		sum := 0.0
		for k := range row {
			row[k] = math.Exp(row[k] - top)
			sum += row[k]
		}
		for k := range row {
			row[k] /= sum
		}
	})
}

func (m *mixtureModel) maximize() {
	total := make([]float64, len(m.weight))
	for i := range m.n {
		for k, r := range m.duty.RawRowView(i) {
			total[k] += r
		}
	}
	for k := range total {
		m.weight[k] = max(total[k], 1e-9) / float64(m.n)
	}
	parallel.For(0, len(m.cols), func(j int) { m.cols[j].maximize(m.duty, total) })
}

func pick(p []float64, draw *rand.Rand) int {
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	u, last := draw.Float64()*sum, 0
	for k, v := range p {
		if v > 0 {
			if last = k; u < v {
				return k
			}
			u -= v
		}
	}
	return last
}
