package nn

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Gradient computes parameter gradients of weighted squared errors of the
// denoiser, block by block, on a machine of its own. It reads the parameters
// of its model at each call. Use one per goroutine.
type Gradient struct {
	model *Model
	k     *machine[float32]
}

// NewGradient compiles the training graph of the model.
func (m *Model) NewGradient() (*Gradient, error) {
	k, err := m.newMachine(m.Params, regressing)
	if err != nil {
		return nil, err
	}
	return &Gradient{m, k}, nil
}

// Regression is one block of at most Block rows to regress on: see package
// losses.
type Regression struct {
	X, Target *mat.Dense
	T, Weight []float64
	C         []sde.Coeff // the kernels at T, if they are at hand; may be nil
	Cond      *mat.Dense  // n×Labels, or nil
	Known     *mat.Dense  // n×Dim, NaN where a row is not given; or nil
	Dropout   UnitDropout // for Block; losses of rows are those of the whole network
}

// Block returns the loss Σ_i w_i |D(x_i, t_i) − target_i|² of the block and
// writes its gradient in the parameters to grad, laid out as Params.Flat; with
// acc it adds instead. The network regresses on the target of its output F,
//
//	F* = (target − m − k (x − α m))/c_out,   weight w c_out²,
//
// which is the same loss: D and F differ by an affine map. A category has
//
//	−w σ²/(α² + σ²) ln p_k,   k its level,
//
// instead of its squared error: the weight that w gives the output for a number
// of variance 1. Positions that are given have no loss.
func (g *Gradient) Block(p Regression, scale float64, grad []float32, acc bool) float64 {
	m, k := g.model, g.k
	x, n := m.view(p.X)
	target, nt := m.view(p.Target)
	if n > BlockRows || nt != n || len(p.T) != n || (p.C != nil && len(p.C) != n) || len(p.Weight) != n || len(grad) != len(m.Params.Flat) {
		panic("nn: size mismatch")
	}
	m.prepareBlock(k, x, &p, conds{values: p.Cond, known: p.Known})
	d := m.Net.Dim
	for i := range n {
		g.regress(i, x.row(i, d), target.row(i, d), scale*p.Weight[i])
	}
	clear(k.r[n*d:])
	clear(k.w[n*d:])
	k.grad, k.acc = grad, acc
	k.drop.start(p.Dropout)
	if p.Dropout.ConditionalOnly && m.Conditionable {
		k.keepUnits(d)
	}
	k.fwd.run()
	k.bwd.run()
	return float64(k.cost[0])
}

// regress fills the targets and weights of row i of a block.
func (g *Gradient) regress(i int, x, target []float64, weight float64) {
	m, k, d := g.model, g.k, g.model.Net.Dim
	w, r, wt := k.prep.row(i), k.r[i*d:(i+1)*d], k.w[i*d:(i+1)*d]
	for _, j := range w.direct {
		if w.cout[j] == 0 {
			r[j], wt[j] = 0, 0
			continue
		}
		skip := w.mean[j] + float64(w.k[j]*(x[j]-float64(w.c.Alpha*w.mean[j])))
		r[j] = float32((target[j] - skip) / w.cout[j])
		wt[j] = float32(weight * w.cout[j] * w.cout[j])
	}
	share := weight * categoryWeight(w.c)
	for b := range m.Cats {
		c := &m.Cats[b]
		for j := c.Start; j < c.end(); j++ {
			r[j], wt[j] = -k.soft.own[i*d+j], float32(share*target[j])
		}
	}
	if !m.Conditionable {
		return
	}
	for j, known := range k.known[i*d : (i+1)*d] {
		if known {
			wt[j] = 0
		}
	}
}

func categoryWeight(c sde.Coeff) float64 {
	s := float64(c.Sigma * c.Sigma)
	return s / (float64(c.Alpha*c.Alpha) + s)
}
