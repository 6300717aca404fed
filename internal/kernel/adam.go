package kernel

import "math"

// AdamStep is one step's constants. LR is the learning rate; Beta1 and Beta2
// in [0, 1) are the decays of the moments; Eps > 0 is added to the root of the
// second; WeightDecay is decoupled from the gradient and multiplied by LR.
// Correction1 = 1 - Beta1^t and Correction2 = 1 - Beta2^t, t = 1, 2, …, undo
// the moments' start at zero. EMADecay in [0, 1] is the decay of the weights'
// moving average. There are no defaults: the zero value panics.
type AdamStep struct {
	LR, Beta1, Beta2, Eps    float64
	WeightDecay              float64
	Correction1, Correction2 float64
	EMADecay                 float64
	// GradScale multiplies the gradient (to clip its norm); 0 means 1.
	GradScale float64
}

// Adam makes one AdamW step in place over flat memory:
//
//	g   ← GradScale g
//	m   ← m + (1-β1) (g - m)
//	v   ← v + (1-β2) (g² - v)
//	w   ← w - (LR·WeightDecay) w - (LR/c1) m / (√v/√c2 + ε)
//	ema ← ema + (1-EMADecay) (w - ema)
//
// with c1, c2 the corrections; the constants are computed in float64 and
// rounded once. ema may be nil: no average is kept. Elements are independent,
// so memory may be cut anywhere. It panics if lengths differ or a correction
// is not positive.
//
// Kingma & Ba 2015, algorithm 1 (arXiv:1412.6980); Loshchilov & Hutter 2019,
// algorithm 2 (arXiv:1711.05101), with their schedule multiplier inside LR.
func Adam[T Float](w, g, m, v, ema []T, s AdamStep) {
	same(g, len(w))
	same(m, len(w))
	same(v, len(w))
	if ema != nil {
		same(ema, len(w))
	}
	if !(s.Correction1 > 0 && s.Correction2 > 0) {
		panic("kernel: Adam correction not positive")
	}
	c := adamConsts{
		m: 1 - s.Beta1, v: 1 - s.Beta2,
		decay: s.LR * s.WeightDecay, rate: s.LR / s.Correction1,
		root: 1 / math.Sqrt(s.Correction2), eps: s.Eps, ema: 1 - s.EMADecay, scale: s.GradScale,
	}
	if c.scale == 0 {
		c.scale = 1
	}
	const piece = 1 << 15 // bounds a call into assembly, which nothing can interrupt
	for i := 0; i < len(w); i += piece {
		e := min(i+piece, len(w))
		var avg []T
		if ema != nil {
			avg = ema[i:e]
		}
		adam(w[i:e], g[i:e], m[i:e], v[i:e], avg, &c)
	}
}

// adamConsts are the coefficients of the formula in Adam's comment.
type adamConsts struct{ m, v, decay, rate, root, eps, ema, scale float64 }

func adam[T Float](w, g, m, v, ema []T, c *adamConsts) {
	if single[T]() && adam32(f32(w), f32(g), f32(m), f32(v), f32(ema), c) {
		return
	}
	cm, cv, decay, rate := T(c.m), T(c.v), T(c.decay), T(c.rate)
	root, eps, ce, scale := T(c.root), T(c.eps), T(c.ema), T(c.scale)
	for i, x := range g {
		x = T(x * scale)
		mi := m[i] + T(cm*(x-m[i]))
		vi := v[i] + T(cv*(T(x*x)-v[i]))
		m[i], v[i] = mi, vi
		den := T(T(math.Sqrt(float64(vi)))*root) + eps
		wi := w[i] - T(decay*w[i])
		wi -= T(rate*mi) / den
		w[i] = wi
		if ema != nil {
			ema[i] += T(ce * (wi - ema[i]))
		}
	}
}
