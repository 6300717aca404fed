package nn

import (
	"math"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/kernel"
)

// gaussianOut is the width of the output of a Regressor: mean and log variance.
const gaussianOut = 2

// halfLogTau is ½ ln 2π.
const halfLogTau = 0.918938533204672741780329736405617639861397473637783412817

// The log variance is held within bounds, where its slope is 0: a network at a
// transient extreme must not overflow, and none is trained towards a variance of 0.
const leastLogVariance, mostLogVariance = -16.0, 8.0

func clipLogVariance(l float64) (clipped, slope float64) {
	if l < leastLogVariance || l > mostLogVariance {
		return max(leastLogVariance, min(mostLogVariance, l)), 0
	}
	return l, 1
}

// gaussianError is the cost of outputs y = (μ, ℓ), n×2, for numbers e of weights w, n×1
// each and data: the negative log-likelihood in nats,
//
//	Σ_i w_i (½ (e_i − μ_i)² e^{−ℓ_i} + ½ ℓ_i + ½ ln 2π).
//
// Its gradient is w ((μ − e) e^{−ℓ}, ½ (1 − (e − μ)² e^{−ℓ})) times the seed.
func gaussianError[T kernel.Float](m *memory[T], y, e, w *G.Node) (*G.Node, error) {
	run := func(in [][]T, out []T) {
		sum := 0.0
		for i, w := range in[2] {
			l, _ := clipLogVariance(float64(in[0][2*i+1]))
			r := float64(in[1][i]) - float64(in[0][2*i])
			sum += float64(float64(w) * (float64(0.5*r*r*math.Exp(-l)) + float64(0.5*l) + halfLogTau))
		}
		out[0] = T(sum)
	}
	grad := func(v [][]T, out []T) {
		for i, w := range v[2] {
			l, slope := clipLogVariance(float64(v[0][2*i+1]))
			r, p := float64(v[1][i])-float64(v[0][2*i]), math.Exp(-l)
			s := float64(v[3][0]) * float64(w)
			out[2*i], out[2*i+1] = T(-s*r*p), T(s*slope*0.5*(1-float64(r*r*p)))
		}
	}
	return costOp(m, "gaussianError", run, grad, y, e, w)
}

// ValueGradient computes parameter gradients of the negative log-likelihood of numbers
// given noised rows, block by block. Use one per goroutine.
type ValueGradient struct {
	g *Regressor
	k *machine[float32]
}

func (g *Regressor) Compile() (BlockGradient, error) {
	k, err := g.newMachine(g.Params, valuing)
	if err != nil {
		return nil, err
	}
	return &ValueGradient{g, k}, nil
}

// Block returns −scale Σ_i ln p(E_i | x_i, t_i) of the block, of the density of the
// standardized number, E_i being in the one column of r.Cond, and its gradient as
// Gradient.Block does. Target and Weight of r play no role: the law of the times is its
// weighting. Variance plays none either: it is chosen after training.
func (v *ValueGradient) Block(r Regression, scale float64, grad []float32, acc bool) float64 {
	g, k := v.g, v.k
	x, n := g.view(r.X)
	if n > BlockRows || len(r.T) != n || (r.C != nil && len(r.C) != n) || r.Cond.RawMatrix().Rows != n || len(grad) != len(g.Params.Flat) {
		panic("nn: size mismatch")
	}
	g.prepareBlock(k, x, &r, conds{})
	clear(k.w)
	clear(k.r)
	for i := range n {
		k.r[i], k.w[i] = float32(g.Number.scaled(r.Cond.At(i, 0))), float32(scale)
	}
	k.grad, k.acc = grad, acc
	k.drop.start(r.Dropout)
	k.fwd.run()
	k.bwd.run()
	return float64(k.cost[0])
}

// RowLosses implements Trainable: −ln p(E_i | x_i, t_i), of the density of the
// standardized number, in nats. That of a number of which the row says nothing is about
// ½ ln 2πe = 1.419.
func (g *Regressor) RowLosses(dst []float64, r Regression) error {
	n, _ := r.X.Dims()
	mean, variance := make([]float64, n), make([]float64, n)
	if err := g.MeanVariance(mean, variance, r.X, r.T); err != nil {
		return err
	}
	for i := range n {
		e, v := r.Cond.At(i, 0)-mean[i], variance[i]
		dst[i] = float64(0.5*(e*e/v+math.Log(v))) + halfLogTau - math.Log(g.Number.Std)
	}
	return nil
}

// Calibrate returns the regressor with the Variance that minimizes the negative
// log-likelihood of held-out noised rows: the mean of their squared residuals, each
// divided by its variance.
func (g *Regressor) Calibrate(blocks ...Regression) (*Regressor, error) {
	plain, sum, count := newRegressor(g.inputs, g.Params, g.Number, 1), 0.0, 0
	for _, r := range blocks {
		n := len(r.T)
		mean, variance := make([]float64, n), make([]float64, n)
		if err := plain.MeanVariance(mean, variance, r.X, r.T); err != nil {
			return nil, err
		}
		for i := range n {
			e := r.Cond.At(i, 0) - mean[i]
			sum += e * e / variance[i]
		}
		count += n
	}
	if count == 0 || sum == 0 {
		return plain, nil
	}
	return newRegressor(g.inputs, g.Params, g.Number, sum/float64(count)), nil
}
