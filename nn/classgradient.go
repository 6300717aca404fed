package nn

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
)

// ClassGradient computes parameter gradients of the cross-entropy of noised
// rows, block by block. Use one per goroutine.
type ClassGradient struct {
	c *Classifier
	k *machine[float32]
}

func (c *Classifier) Compile() (BlockGradient, error) {
	k, err := c.newMachine(c.Params, classifying)
	if err != nil {
		return nil, err
	}
	return &ClassGradient{c, k}, nil
}

// Block returns −scale Σ_i ln p(c_i | x_i, t_i) of the block, c_i being the
// class in the one column of r.Cond, and its gradient as Gradient.Block does.
// Target and Weight of r play no role: cross-entropy is a proper score at every
// time, and the law of the times is its weighting.
func (g *ClassGradient) Block(r Regression, scale float64, grad []float32, acc bool) float64 {
	c, k := g.c, g.k
	x, n := c.view(r.X)
	if n > BlockRows || len(r.T) != n || (r.C != nil && len(r.C) != n) || r.Cond.RawMatrix().Rows != n || len(grad) != len(c.Params.Flat) {
		panic("nn: size mismatch")
	}
	c.prepareBlock(k, x, &r, conds{})
	clear(k.w)
	for i := range n {
		k.w[i*c.Label.Levels+int(r.Cond.At(i, 0))] = float32(scale)
	}
	k.grad, k.acc = grad, acc
	k.drop.start(r.Dropout)
	k.fwd.run()
	k.bwd.run()
	return float64(k.cost[0])
}

// RowLosses implements Trainable: −ln p(c_i | x_i, t_i).
func (c *Classifier) RowLosses(dst []float64, r Regression) error {
	n, _ := r.X.Dims()
	lp := mat.NewDense(n, c.Label.Levels, nil)
	if err := c.LogProbs(lp, r.X, r.T); err != nil {
		return err
	}
	for i := range n {
		dst[i] = -lp.At(i, int(r.Cond.At(i, 0)))
	}
	return nil
}

// Calibrate returns the classifier with the temperature that minimizes the
// cross-entropy of held-out noised rows (Guo et al. 2017, arXiv:1706.04599), a
// convex problem in 1/τ, searched over τ in [1/20, 20].
func (c *Classifier) Calibrate(blocks ...Regression) (*Classifier, error) {
	plain := newClassifier(c.inputs, c.Params, c.Label, 1)
	logits := make([]*mat.Dense, len(blocks))
	for b, r := range blocks {
		logits[b] = mat.NewDense(len(r.T), c.Label.Levels, nil)
		if err := plain.LogProbs(logits[b], r.X, r.T); err != nil {
			return nil, err
		}
	}
	row := make([]float64, c.Label.Levels)
	loss := func(logTau float64) float64 {
		s := 0.0
		for b, r := range blocks {
			for i := range r.T {
				for j, v := range logits[b].RawRowView(i) {
					row[j] = v * math.Exp(-logTau)
				}
				s += numeric.LogSumExp(row) - row[int(r.Cond.At(i, 0))]
			}
		}
		return s
	}
	return newClassifier(c.inputs, c.Params, c.Label, math.Exp(golden(loss, -math.Log(20), math.Log(20)))), nil
}

// golden minimizes a unimodal function on [a, b] by golden-section search.
func golden(f func(float64) float64, a, b float64) float64 {
	const shrink = 0.6180339887498949
	x1, x2 := b-float64(shrink*(b-a)), a+float64(shrink*(b-a))
	f1, f2 := f(x1), f(x2)
	for b-a > 1e-6 {
		if f1 < f2 {
			b, x2, f2 = x2, x1, f1
			x1 = b - float64(shrink*(b-a))
			f1 = f(x1)
		} else {
			a, x1, f1 = x1, x2, f2
			x2 = a + float64(shrink*(b-a))
			f2 = f(x2)
		}
	}
	return (a + b) / 2
}
