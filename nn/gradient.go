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
	k, err := newMachine(m.Net, m.Params, m.Params.Flat, regressing)
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
	Cond      *mat.Dense  // n×K, or nil
}

// Block returns the loss Σ_i w_i |D(x_i, t_i) − target_i|² of the block and
// writes its gradient in the parameters to grad, laid out as Params.Flat; with
// acc it adds instead. The network regresses on the target of its output F,
//
//	F* = (target − m − k (x − α m))/c_out,   weight w c_out²,
//
// which is the same loss: D and F differ by an affine map.
func (g *Gradient) Block(p Regression, scale float64, grad []float32, acc bool) float64 {
	m, k := g.model, g.k
	x, n := m.view(p.X)
	target, nt := m.view(p.Target)
	if n > Block || nt != n || len(p.T) != n || (p.C != nil && len(p.C) != n) || len(p.Weight) != n || len(grad) != len(m.Params.Flat) {
		panic("nn: size mismatch")
	}
	m.prepareBlock(k, x, &p, conds{p.Cond, false})
	d := m.Net.Dim
	for i := range n {
		w, xi, ti := k.prep.row(i), x.row(i, d), target.row(i, d)
		for j, v := range xi {
			at := i*d + j
			if w.cout[j] == 0 {
				k.r[at], k.w[at] = 0, 0
				continue
			}
			skip := m.mean[j] + w.k[j]*(v-w.c.Alpha*m.mean[j])
			k.r[at] = float32((ti[j] - skip) / w.cout[j])
			k.w[at] = float32(scale * p.Weight[i] * w.cout[j] * w.cout[j])
		}
	}
	clear(k.r[n*d:])
	clear(k.w[n*d:])
	k.grad, k.acc = grad, acc
	k.fwd.run()
	k.bwd.run()
	return float64(k.cost[0])
}
