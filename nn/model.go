package nn

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Config describes a model before it has parameters.
type Config struct {
	Hidden, Layers int          // of the MLP; 0 means 128 and 4
	FiLM           bool         // see MLP
	Schedule       sde.Schedule // nil means sde.VP{}
	Mean, Variance []float64    // of the data the model will be trained on, per dimension
	Conditions     []Condition
	Categories     []Category // runs of positions that hold a category
	Raw            bool       // categories enter the network as noisy positions: see Category
	Parts          bool       // rows may be given in part: see Model.Knowing
	Seed           uint64     // of the initial parameters
}

// Model is a score network with its schedule and preconditioner: a denoiser.
// An untrained model is the exact denoiser of independent columns: numbers
// N(Mean, Variance), categories of their shares. Without conditions given (see
// Given) every condition takes its null token.
//
// A Model is safe for concurrent use while Params are not written: each call
// takes a compiled machine from a free list, or builds one.
type Model struct {
	inputs
	Params *Params
	free   *freeList
}

var _ sde.Differentiable = (*Model)(nil)

// New returns an untrained model.
func New(c Config) (*Model, error) {
	in, err := c.inputs(0)
	if err != nil {
		return nil, err
	}
	return newModel(in, in.Net.Init(c.Seed)), nil
}

func newModel(in inputs, p *Params) *Model {
	return &Model{in, p, newFreeList(in.Net, p)}
}

// inputs checks the configuration; out is the width of the output, 0 for that
// of the rows.
func (c Config) inputs(out int) (inputs, error) {
	if c.Hidden == 0 {
		c.Hidden = 128
	}
	if c.Layers == 0 {
		c.Layers = 4
	}
	if c.Schedule == nil {
		c.Schedule = sde.VP{}
	}
	if len(c.Mean) == 0 || len(c.Mean) != len(c.Variance) {
		return inputs{}, fmt.Errorf("nn: a model needs the mean and the variance of every dimension; got %d and %d", len(c.Mean), len(c.Variance))
	}
	for j, v := range c.Variance {
		if !(v >= 0) || math.IsInf(v, 0) || math.IsNaN(c.Mean[j]) || math.IsInf(c.Mean[j], 0) {
			return inputs{}, fmt.Errorf("nn: dimension %d has mean %v and variance %v: both must be finite", j, c.Mean[j], v)
		}
	}
	if err := checkCategories(c.Categories, len(c.Mean)); err != nil {
		return inputs{}, err
	}
	net := MLP{
		Dim: len(c.Mean), Hidden: c.Hidden, Layers: c.Layers, FiLM: c.FiLM, Out: out,
		Feat: timeFeatures + conditionFeatures(c.Conditions),
	}
	in := inputs{
		Sched: c.Schedule, Conds: slices.Clone(c.Conditions), Cats: withLogs(c.Categories), Raw: c.Raw, Parts: c.Parts,
		precond: newPrecond(c.Mean, c.Variance, c.Categories), parts: partsOf(c.Categories, len(c.Mean)),
	}
	if c.Parts {
		net.Feat += len(in.parts)
	}
	in.Net = net
	return in, net.check()
}

// With returns the same model over other parameters of the same layout, for
// instance an average of those being trained.
func (m *Model) With(p *Params) *Model {
	if len(p.Flat) != len(m.Params.Flat) {
		panic("nn: parameters of another architecture")
	}
	return newModel(m.inputs, p)
}

// Denoise implements sde.Denoiser.
func (m *Model) Denoise(dst, x *mat.Dense, t []float64) error {
	return m.denoise(dst, x, t, conds{})
}

// Linearize implements sde.Differentiable.
func (m *Model) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return m.linearize(mean, x, t, conds{})
}

func (m *Model) denoise(dst, x *mat.Dense, t []float64, cond conds) error {
	xv, n := m.view(x)
	dv, nd := m.view(dst)
	if nd != n || (len(t) != 1 && len(t) != n) {
		panic("nn: size mismatch")
	}
	k, err := m.free.take()
	if err != nil {
		return err
	}
	k.lean = true
	defer func() { k.lean = false; m.free.put(k) }()
	for first := 0; first < n; first += Block {
		m.forward(k, dv, xv, t, cond, first, min(Block, n-first))
	}
	return nil
}

// forward evaluates one block on machine k.
func (m *Model) forward(k *machine[float32], dst, x rowsView, t []float64, cond conds, first, n int) {
	m.prepare(k, x, t, cond, first, n)
	cond.thinned(&k.drop, first, n)
	k.fwd.run()
	k.gen++
	d := m.Net.Dim
	for i := range n {
		w, xi, di := k.prep.row(i), x.row(first+i, d), dst.row(first+i, d)
		out := k.out[i*d : (i+1)*d]
		for j, v := range xi {
			di[j] = m.mean[j] + w.k[j]*(v-w.c.Alpha*m.mean[j]) + w.cout[j]*float64(out[j])
		}
		y := cond.knownRow(first + i)
		if len(m.Cats) > 0 {
			m.posteriors(k, xi, y, i)
			for b := range m.Cats {
				lo, hi := m.Cats[b].Start, m.Cats[b].end()
				copy(di[lo:hi], k.p[i*d+lo:i*d+hi])
			}
		}
		for j, v := range y {
			if !math.IsNaN(v) {
				di[j] = v
			}
		}
	}
}

// posteriors stores those of the categories of row i of a block, whose noisy
// positions are x, on the machine. y is what is known of the row, or nil.
func (m *Model) posteriors(k *machine[float32], x, y []float64, i int) {
	d := m.Net.Dim
	if k.p == nil {
		k.p = make([]float64, Block*d)
	}
	c, p, out := k.prep.row(i).c, k.p[i*d:(i+1)*d], k.out[i*d:(i+1)*d]
	for b := range m.Cats {
		cat := &m.Cats[b]
		lo, hi := cat.Start, cat.end()
		var known []float64
		if y != nil {
			known = y[lo:hi]
		}
		cat.posterior(p[lo:hi], x[lo:hi], out[lo:hi], known, c.Alpha, c.Sigma)
	}
}

// linearize evaluates the batch and returns its pullback
//
//	Jᵀ v = k ⊙ v + c_in ⊙ J_Fᵀ (c_out ⊙ v)
//
// in which a category has u = p ⊙ (v − p·v) in the place of c_out ⊙ v, α/σ² u
// in that of k ⊙ v, and the slope of its input in that of c_in (see pullInput), and
// positions that are given have no part.
//
// The activations of the last block stay on its machine. A pullback that finds
// them there runs the backward pass only; otherwise (another call has used the
// machine since, or the batch has several blocks) it repeats the forward pass.
// The bits are the same.
func (m *Model) linearize(mean, x *mat.Dense, t []float64, cond conds) (sde.Pullback, error) {
	xv, n := m.view(x)
	dv, _ := m.view(mean)
	k, err := m.free.take()
	if err != nil {
		return nil, err
	}
	for first := 0; first < n; first += Block {
		m.forward(k, dv, xv, t, cond, first, min(Block, n-first))
	}
	gen := k.gen
	m.free.put(k)
	return func(dst, v *mat.Dense) error {
		gv, nd := m.view(dst)
		vv, nv := m.view(v)
		if nd != n || nv != n {
			panic("nn: size mismatch")
		}
		q, err := m.free.takeThis(k)
		if err != nil {
			return err
		}
		defer m.free.put(q)
		for first := 0; first < n; first += Block {
			rows := min(Block, n-first)
			if q != k || q.gen != gen || n > Block {
				m.prepare(q, xv, t, cond, first, rows)
				cond.thinned(&q.drop, first, rows)
				q.fwd.run()
				q.gen++
				for i := range rows {
					m.posteriors(q, xv.row(first+i, m.Net.Dim), cond.knownRow(first+i), i)
				}
				if q == k && n <= Block {
					gen = q.gen
				}
			}
			m.backward(q, gv, vv, first, rows)
		}
		return nil
	}, nil
}

func (m *Model) backward(q *machine[float32], dst, v rowsView, first, n int) {
	d := m.Net.Dim
	for i := range n {
		m.cotangent(q, q.v[i*d:(i+1)*d], v.row(first+i, d), i)
	}
	clear(q.v[n*d:])
	q.bwd.run()
	for i := range n {
		w, vi, di := q.prep.row(i), v.row(first+i, d), dst.row(first+i, d)
		for j, e := range vi {
			di[j] = w.k[j]*e + w.cin[j]*float64(q.gx[i*d+j])
		}
	}
	if len(m.Cats) == 0 && !m.Parts {
		return
	}
	for i := range n {
		m.straight(q, dst.row(first+i, d), i)
	}
}

// cotangent stores in u what the network's output is pulled back from in row i
// of a block: c_out ⊙ v, and p ⊙ (v − p·v) in a category. Given positions have 0.
func (m *Model) cotangent(q *machine[float32], u []float32, v []float64, i int) {
	w, d := q.prep.row(i), m.Net.Dim
	for j, e := range v {
		u[j] = float32(w.cout[j] * e)
	}
	for b := range m.Cats {
		lo, hi := m.Cats[b].Start, m.Cats[b].end()
		p, dot := q.p[i*d+lo:i*d+hi], 0.0
		for j, e := range v[lo:hi] {
			dot += p[j] * e
		}
		for j, e := range v[lo:hi] {
			u[lo+j] = float32(p[j] * (e - dot))
		}
	}
	if m.Parts {
		for j, known := range q.known[i*d : (i+1)*d] {
			if known {
				u[j] = 0
			}
		}
	}
}

// straight replaces the part of a pullback that does not pass the network,
// where it is not k ⊙ v: α/σ² u in a category, nothing where a row is given.
func (m *Model) straight(q *machine[float32], dst []float64, i int) {
	w, d := q.prep.row(i), m.Net.Dim
	gain := w.c.Alpha / max(w.c.Sigma*w.c.Sigma, math.SmallestNonzeroFloat64)
	for b := range m.Cats {
		m.pullInput(q, dst, &m.Cats[b], i)
		for j := m.Cats[b].Start; j < m.Cats[b].end(); j++ {
			if u := float64(q.v[i*d+j]); u != 0 {
				dst[j] += gain * u
			}
		}
	}
	if m.Parts {
		for j, known := range q.known[i*d : (i+1)*d] {
			if known {
				dst[j] = 0
			}
		}
	}
}
