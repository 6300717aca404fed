package nn

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// precond is the moment-matched preconditioner. With data of mean m and
// variance v per dimension,
//
//	D(x, t) = m + k (x − α m) + c_out F(c_in (x − α m), λ)
//	k = α v/(α² v + σ²),  c_in = 1/√(α² v + σ²),  c_out = σ √v/√(α² v + σ²)
//
// so that F = 0 is the exact denoiser of N(m, diag v), F has inputs and targets
// of unit variance at every t, and c_out is the posterior standard deviation
// of that Gaussian. With m = 0 and v = σ_data² it is Karras et al. 2022, table 1
// (arXiv:2206.00364), written for any (α, σ).
type precond struct {
	mean, variance []float64
	scale          []float64 // variance that the network's inputs are normalized by
	clean          []float64 // 1/√scale, 0 for a constant
	direct         []int     // positions that enter as they are: all but categories that enter as posteriors
}

// newPrecond widens the scale of the inputs at the positions of categories, which enter as
// they are if raw.
func newPrecond(mean, variance []float64, cats []Category, raw bool) precond {
	p := precond{mean: slices.Clone(mean), variance: slices.Clone(variance), scale: slices.Clone(variance), clean: make([]float64, len(mean))}
	for _, q := range partsOf(cats, len(mean)) {
		for j := q.start; j < q.end && (raw || q.shares == nil); j++ {
			p.direct = append(p.direct, j)
		}
	}
	for _, c := range cats {
		for j := c.Start; j < c.end(); j++ {
			p.scale[j] = max(p.scale[j], leastVariance)
		}
	}
	for j, v := range p.scale {
		if v > 0 {
			p.clean[j] = 1 / math.Sqrt(v)
		}
	}
	return p
}

// coeffs are the coefficients of a row, those of precond at c, in the positions precond.direct;
// 0 in others.
type coeffs struct {
	*precond
	own          precond // moments of the row: see rowmoments.go
	c            sde.Coeff
	lambda       float64
	k, cin, cout []float64
}

// at makes w the coefficients of p at c, unless they are.
func (p *precond) at(w *coeffs, c sde.Coeff) {
	if w.precond != p || w.c != c {
		p.store(w, c)
	}
}

func (p *precond) store(w *coeffs, c sde.Coeff) {
	w.precond = p
	if w.k == nil {
		d := len(p.mean)
		w.k, w.cin, w.cout = make([]float64, d), make([]float64, d), make([]float64, d)
	}
	w.c, w.lambda = c, clipLambda(c.Lambda())
	for n, j := range p.direct {
		v := p.variance[j]
		if n > 0 && v == p.variance[p.direct[n-1]] && p.scale[j] == p.scale[p.direct[n-1]] {
			i := p.direct[n-1]
			w.k[j], w.cin[j], w.cout[j] = w.k[i], w.cin[i], w.cout[i]
			continue
		}
		den := float64(c.Alpha*c.Alpha*v) + float64(c.Sigma*c.Sigma)
		if den == 0 { // a constant at t = 0
			w.k[j], w.cin[j], w.cout[j] = 0, 0, 0
			continue
		}
		r := 1 / math.Sqrt(den)
		w.k[j], w.cin[j], w.cout[j] = c.Alpha*v/den, r, c.Sigma*math.Sqrt(v)*r
		if s := p.scale[j]; s != v {
			w.cin[j] = 1 / math.Sqrt(float64(c.Alpha*c.Alpha*s)+float64(c.Sigma*c.Sigma))
		}
	}
}

// scratch holds the coefficients of the rows of a block, and buffers for their features.
type scratch struct {
	rows          []coeffs
	one           bool // all rows share rows[0]
	times         int  // distinct ones: 1, or one per row
	lambda        []float64
	ang, sin, cos []float32
}

func (s *scratch) row(i int) *coeffs {
	if s.one {
		return &s.rows[0]
	}
	return &s.rows[i]
}

func (s *scratch) init() {
	if s.rows == nil {
		n := BlockRows * timeFreqs
		s.rows, s.lambda = make([]coeffs, BlockRows), make([]float64, BlockRows)
		s.ang, s.sin, s.cos = make([]float32, n), make([]float32, n), make([]float32, n)
	}
}

// inputs turns noisy rows, times and conditions into the inputs of a network.
type inputs struct {
	Net           MLP
	Sched         sde.Schedule
	Conds         []Condition
	Cats          []Category
	Raw           bool // categories enter as they are, and not as their posteriors
	Conditionable bool // values of some positions may be given: see Model.Conditional
	RowMoments    bool // rows bring moments of their own: see rowmoments.go
	// LabelsRequired says that every condition was given in all of the training, so
	// that the null tokens are not trained: what takes them is refused. See Model.Err.
	LabelsRequired bool

	own *ownNet // instead of the MLP, of which Net has only Dim, Feat and Fourier

	precond
	parts   []part
	fourier int   // frequencies
	numbers []int // positions that have Fourier features
}

func (m *inputs) describe() string {
	net := m.Net.describe()
	if m.own != nil {
		net = m.own.describe()
	}
	if m.RowMoments {
		net += ", moments of rows"
	}
	return fmt.Sprintf("%s, conditions %v, categories %+v, raw %v, parts %v, schedule %T%+v, mean %v, variance %v", net, m.Conds, m.Cats, m.Raw, m.Conditionable, m.Sched, m.Sched, m.mean, m.variance)
}

// Schedule is that of the noise.
func (m *inputs) Schedule() sde.Schedule { return m.Sched }

// Dim is the number of columns of the rows.
func (m *inputs) Dim() int { return m.Net.Dim }

// Moments returns the mean and the variance per dimension of the data: the
// moments of the law that an untrained model denoises exactly, and those of
// the terminal law that sampling starts from.
func (m *inputs) Moments() (mean, variance []float64) { return m.mean, m.variance }

func (m *inputs) view(x *mat.Dense) (rowsView, int) {
	n, d := x.Dims()
	if d != m.Net.Dim {
		panic("nn: rows of another dimension than the model's")
	}
	r := x.RawMatrix()
	return rowsView{r.Data, r.Stride}, n
}

// prepareBlock is prepare for a block of a regression.
func (m *inputs) prepareBlock(k *machine[float32], x rowsView, r *Regression, cond conds) {
	n := len(r.T)
	if r.C == nil {
		m.prepare(k, x, r.T, cond, 0, n)
		return
	}
	s := &k.prep
	s.init()
	s.one, s.times = false, n
	for i, c := range r.C {
		m.coefficients(&s.rows[i], c, cond.row(i))
	}
	m.fill(k, x, cond, 0, n)
}

// fillKnown replaces the inputs of row i of the block that are given by their
// clean values, normalized, and sets the features that say which they are.
func (m *inputs) fillKnown(k *machine[float32], f, x []float32, y []float64, i int) {
	d := m.Net.Dim
	if k.known == nil {
		k.known = make([]bool, BlockRows*d)
	}
	known, w := k.known[i*d:(i+1)*d], k.prep.row(i)
	clear(known)
	for b, p := range m.parts {
		f[b] = 0
		if !p.whole(y) {
			continue
		}
		f[b] = 1
		for j := p.start; j < p.end; j++ {
			known[j] = true
			x[j] = float32((y[j] - w.mean[j]) * w.clean[j])
		}
	}
}

type rowsView struct {
	data   []float64
	stride int
}

func (r rowsView) row(i, d int) []float64 { return r.data[i*r.stride : i*r.stride+d] }

// prepare fills the inputs of the machine for rows first … first+n−1 of a batch.
func (m *inputs) prepare(k *machine[float32], x rowsView, t []float64, cond conds, first, n int) {
	s := &k.prep
	s.init()
	s.times = n
	if len(t) == 1 {
		s.times = 1
	}
	s.one = s.times == 1 && (!m.RowMoments || cond.values == nil || cond.shared)
	if s.one {
		m.coefficients(&s.rows[0], m.Sched.Coeff(t[0]), cond.row(0))
	} else {
		for i := range n {
			m.coefficients(&s.rows[i], m.Sched.Coeff(sde.Time(t, first+i)), cond.row(first+i))
		}
	}
	m.fill(k, x, cond, first, n)
}

// fill does the same for rows whose coefficients are in the machine's scratch.
func (m *inputs) fill(k *machine[float32], x rowsView, cond conds, first, n int) {
	s := &k.prep
	d, wide, feat := m.Net.Dim, m.Net.in(), m.Net.Feat
	distinct := s.times
	for i := range distinct {
		s.lambda[i] = s.rows[i].lambda
	}
	timeFeature(k.f, feat, s.lambda[:distinct], s.ang, s.sin, s.cos)
	for i := range n {
		f := k.f[i*feat : (i+1)*feat]
		if i >= distinct {
			copy(f[:timeFeatures], k.f[:timeFeatures])
		}
		if len(m.Conds) > 0 {
			encodeConditions(f[timeFeatures:], m.Conds, cond.row(first+i))
		}
		if k.enc != nil {
			k.enc.fill(i, m.encoded(cond.row(first+i)))
		} else if out := m.Net.Encoder.Out; out > 0 {
			copy(f[feat-out:], cond.feature(first+i, out))
		}
		w, xi, xk := s.row(i), x.row(first+i, d), k.x[i*wide:(i+1)*wide]
		for _, j := range w.direct {
			xk[j] = float32(w.cin[j] * (xi[j] - float64(w.c.Alpha*w.mean[j])))
		}
		if len(m.Cats) > 0 {
			m.ownLogits(k, xi, cond.knownRow(first+i), w.c, i)
			if !m.Raw {
				m.fillPosteriors(k, xk, i)
			}
		}
		if m.Conditionable {
			m.fillKnown(k, f[feat-m.Net.Encoder.Out-len(m.parts):], xk, cond.knownRow(first+i), i)
		}
		m.fillFourier(xk[d:], xi, cond.knownRow(first+i), w)
	}
	clear(k.x[n*wide:])
	clear(k.f[n*feat:])
	k.idle = idleFeatures(k.f[:n*feat], feat)
	if k.enc != nil {
		k.enc.clear(n)
		k.idle = 0
	}
}
