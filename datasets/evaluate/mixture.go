package evaluate

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/stream"
)

// Components of the mixture floor, and rounds of EM.
const (
	mixtureComponents = 30
	mixtureRounds     = 40
	mixtureRows       = 10_000
	mixturePerRows    = 10 // rows that a component needs
)

// Mixture returns n rows of a mixture fitted to c by expectation maximisation
// (Dempster et al. 1977), a component being
//
//	π_k Π_numbers N(z_j; μ_kj, σ²_kj) Π_categories p_kj(level),
//
// z the normal scores of numbers, ties at random within their share and missing
// cells lowest. There are 30 components, or one for every 10 rows if those are
// fewer, fitted to at most 10,000 rows in 40 rounds. It is a function of its
// arguments.
func Mixture(c *datasets.Cells, n int, seed uint64) *datasets.Cells {
	out := empty(c, n)
	c = thinned(c, mixtureRows, seed)
	f := newFrame(c)
	cols := rankColumns(f)
	m := newMixtureModel(f, scores(cols, f.n, seed), max(1, min(mixtureComponents, f.n/mixturePerRows)), seed)
	for range mixtureRounds {
		m.expect()
		m.maximise()
	}
	draw := stream.New(seed, "mixture")
	for i := range n {
		k := pick(m.weight, draw)
		for j := range cols {
			if p := m.levels[j]; p != nil {
				l := pick(p[k], draw)
				if l == len(p[k])-1 {
					l = -1 // missing
				}
				out.SetLevel(i, cols[j].field, l)
				continue
			}
			z := m.mean.At(k, j) + math.Sqrt(m.variance.At(k, j))*draw.NormFloat64()
			out.Copy(i, cols[j].field, c, cols[j].row(z))
		}
	}
	return out
}

// mixtureModel is a mixture and the rows it is fitted to.
type mixtureModel struct {
	f              *frame
	z              *mat.Dense
	weight         []float64
	mean, variance *mat.Dense    // components × columns
	levels         [][][]float64 // by column of categories: components × levels
	duty           *mat.Dense    // rows × components
}

// newMixtureModel starts with each row on the duty of the component whose
// seed row, drawn at random, it is closest to.
func newMixtureModel(f *frame, z *mat.Dense, components int, seed uint64) *mixtureModel {
	d := len(f.cols)
	m := &mixtureModel{f: f, z: z, weight: make([]float64, components), mean: mat.NewDense(components, d, nil),
		variance: mat.NewDense(components, d, nil), levels: make([][][]float64, d), duty: mat.NewDense(f.n, components, nil)}
	for j := range f.cols {
		if c := &f.cols[j]; c.category() {
			m.levels[j] = make([][]float64, components)
			for k := range components {
				m.levels[j][k] = make([]float64, len(c.names)+1)
			}
		}
	}
	seeds := stream.New(seed, "mixture seeds").Perm(f.n)[:components]
	for i := range f.n {
		best, low := 0, math.Inf(1)
		for k, s := range seeds {
			if dist := m.apart(i, s); dist < low {
				best, low = k, dist
			}
		}
		m.duty.Set(i, best, 1)
	}
	m.maximise()
	return m
}

// apart is the squared distance of two rows, 2 for each category that differs.
func (m *mixtureModel) apart(i, s int) float64 {
	sum := 0.0
	for j := range m.f.cols {
		if c := &m.f.cols[j]; c.category() {
			if c.level[i] != c.level[s] {
				sum += 2
			}
			continue
		}
		v := m.z.At(i, j) - m.z.At(s, j)
		sum += v * v
	}
	return sum
}

// expect computes the posterior of the components given each row.
func (m *mixtureModel) expect() {
	k := len(m.weight)
	base := make([]float64, k) // log π_k - Σ log σ_kj
	prec := mat.NewDense(k, len(m.f.cols), nil)
	logs := make([][][]float64, len(m.f.cols))
	for c := range k {
		base[c] = math.Log(m.weight[c])
		for j := range m.f.cols {
			if m.levels[j] != nil {
				logs[j] = append(logs[j], logOf(m.levels[j][c]))
				continue
			}
			v := m.variance.At(c, j)
			base[c] -= math.Log(v) / 2
			prec.Set(c, j, 1/v)
		}
	}
	parallel(m.f.n, 0, func(i int) {
		row, z := m.duty.RawRowView(i), m.z.RawRowView(i)
		top := math.Inf(-1)
		for c := range row {
			s := base[c]
			mu, p := m.mean.RawRowView(c), prec.RawRowView(c)
			for j := range z {
				if logs[j] != nil {
					s += logs[j][c][m.f.cols[j].level[i]]
					continue
				}
				s -= (z[j] - mu[j]) * (z[j] - mu[j]) * p[j] / 2
			}
			row[c] = s
			top = max(top, s)
		}
		sum := 0.0
		for c := range row {
			row[c] = math.Exp(row[c] - top)
			sum += row[c]
		}
		for c := range row {
			row[c] /= sum
		}
	})
}

// maximise computes the parameters given the duties. Variances are kept above
// 10⁻³, and levels get a tenth of a row more, spread as in the table.
func (m *mixtureModel) maximise() {
	components := len(m.weight)
	total := make([]float64, components)
	for i := range m.f.n {
		for k, r := range m.duty.RawRowView(i) {
			total[k] += r
		}
	}
	for k := range total {
		m.weight[k] = max(total[k], 1e-9) / float64(m.f.n)
	}
	parallel(len(m.f.cols), 0, func(j int) {
		if m.levels[j] != nil {
			m.maximiseLevels(j, total)
			return
		}
		s, ss := make([]float64, components), make([]float64, components)
		for i := range m.f.n {
			z := m.z.At(i, j)
			for k, r := range m.duty.RawRowView(i) {
				s[k] += r * z
				ss[k] += r * z * z
			}
		}
		for k := range s {
			n := max(total[k], 1e-9)
			mu := s[k] / n
			m.mean.Set(k, j, mu)
			m.variance.Set(k, j, max(1e-3, ss[k]/n-mu*mu))
		}
	})
}

func (m *mixtureModel) maximiseLevels(j int, total []float64) {
	const extra = 0.1
	c := &m.f.cols[j]
	share := make([]float64, len(c.names)+1)
	for _, l := range c.level {
		share[l] += 1 / float64(m.f.n)
	}
	for k, p := range m.levels[j] {
		for l := range p {
			p[l] = extra * share[l] / (total[k] + extra)
		}
	}
	for i, l := range c.level {
		for k, r := range m.duty.RawRowView(i) {
			m.levels[j][k][l] += r / (total[k] + extra)
		}
	}
}

func logOf(p []float64) []float64 {
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = math.Log(v)
	}
	return out
}

// pick draws an index with the probabilities p.
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
