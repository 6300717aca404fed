package nn

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Model is a score network with its schedule and preconditioner: a denoiser.
// An untrained model is the exact denoiser of independent columns: numbers
// N(Mean, Variance), categories of their shares. Without conditions given (see
// Conditional) every condition takes its null token, if that was trained: see Err.
//
// A Model is safe for concurrent use while Params are not written: each call
// takes a compiled machine from a free list, or builds one.
type Model struct {
	inputs
	Params    *Params
	free      *freeList[machine[float32]]
	embedders *freeList[embedder] // of the Encoder
}

var _ sde.Differentiable = (*Model)(nil)

// New returns an untrained model.
func New(c Config) (*Model, error) {
	in, err := c.inputs(0)
	if err != nil {
		return nil, err
	}
	return newModel(in, in.init(c.Seed)), nil
}

func newModel(in inputs, p *Params) *Model {
	embedders := &freeList[embedder]{build: func() (*embedder, error) { return newEmbedder(in.Net.Encoder, p) }}
	return &Model{in, p, in.newFreeList(p), embedders}
}

// With returns the same model over other parameters of the same layout, for
// instance an average of those being trained.
func (m *Model) With(p *Params) *Model {
	if len(p.Flat) != len(m.Params.Flat) {
		panic("nn: parameters of another architecture")
	}
	return newModel(m.inputs, p)
}

// Err returns why the model cannot be evaluated without conditions, or nil: it was
// trained with all of them given in every row. Denoise and Linearize return it too.
func (m *Model) Err() error {
	if m.LabelsRequired && m.Labels() > 0 {
		return errors.New("nn: the model was trained with its labels given in every row, and knows nothing without them: train it with dropout of conditions")
	}
	return nil
}

func (m *Model) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := m.Err(); err != nil {
		return err
	}
	return m.denoise(dst, x, t, conds{})
}

func (m *Model) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	if err := m.Err(); err != nil {
		return nil, err
	}
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
	if k.null == nil {
		k.null = make([]float32, m.Net.Encoder.Out)
	}
	if cond, err = m.withFeatures(cond, k.null); err != nil {
		return err
	}
	for first := 0; first < n; first += BlockRows {
		m.forward(k, dv, xv, t, cond, first, min(BlockRows, n-first))
		if k.err != nil {
			return k.err
		}
	}
	return nil
}

// forward evaluates one block on machine k.
func (m *Model) forward(k *machine[float32], dst, x rowsView, t []float64, cond conds, first, n int) {
	m.prepare(k, x, t, cond, first, n)
	cond.setUnits(&k.drop, first, n)
	k.fwd.run()
	k.gen++
	d := m.Net.Dim
	for i := range n {
		w, xi, di := k.prep.row(i), x.row(first+i, d), dst.row(first+i, d)
		out := k.out[i*d : (i+1)*d]
		for _, j := range w.direct {
			di[j] = w.mean[j] + float64(w.k[j]*(xi[j]-float64(w.c.Alpha*w.mean[j]))) + float64(w.cout[j]*float64(out[j]))
		}
		y := cond.knownRow(first + i)
		if len(m.Cats) > 0 {
			m.posteriors(k, di, xi, y, i)
			if !k.lean {
				copy(m.levels(k, i), di)
			}
		}
		for j, v := range y {
			if !math.IsNaN(v) {
				di[j] = v
			}
		}
	}
}

// levels are the posteriors of the categories of row i of a block, which pullbacks need.
func (m *Model) levels(k *machine[float32], i int) []float64 {
	d := m.Net.Dim
	if k.p == nil {
		k.p = make([]float64, BlockRows*d)
	}
	return k.p[i*d : (i+1)*d]
}
