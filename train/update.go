package train

import (
	"math"

	"tweedie/internal/kernel"
)

// chunk is the number of parameters that a worker updates at a time: few enough
// to stay in the first-level cache between passes, and to share out evenly. The
// gradient's norm is summed over chunks in order.
const chunk = 1 << 12

func chunks(n int) int { return (n + chunk - 1) / chunk }

// reduce adds chunk c of all accumulators into the first, and stores its sum of squares.
func (t *Trainer) reduce(_, c int) {
	lo, hi := c*chunk, min((c+1)*chunk, len(t.accumulators[0]))
	var parts [Accumulators][]float32
	n := 0
	for _, l := range t.accumulators {
		parts[n] = l[lo:hi]
		n++
	}
	if n > 1 {
		kernel.ReduceLanes(parts[0], parts[:n])
	}
	t.squares[c] = kernel.SumSquares(parts[0])
}

func (t *Trainer) adam(_, c int) {
	lo, hi := c*chunk, min((c+1)*chunk, len(t.m))
	kernel.Adam(t.model.Parameters().Flat[lo:hi], t.accumulators[0][lo:hi], t.m[lo:hi], t.v[lo:hi], t.ema.Flat[lo:hi], t.adamStep)
}

// update sums the accumulators, clips the gradient, and updates parameters (AdamW) and
// their average.
// It reports false, having changed nothing, if the gradient is not finite.
func (t *Trainer) update() bool {
	nc := chunks(len(t.m))
	t.each(nc, t.reduceFn)
	sum := 0.0
	for _, s := range t.squares[:nc] {
		sum += s
	}
	t.norm = math.Sqrt(sum)
	if math.IsNaN(t.norm) || math.IsInf(t.norm, 0) {
		return false
	}
	shrink := 1.0
	if t.cfg.Clip > 0 && t.norm > t.cfg.Clip {
		shrink = t.cfg.Clip / t.norm
	}
	k := float64(t.step + 1)
	t.adamStep = kernel.AdamStep{
		LR: t.rate(), Beta1: t.cfg.Beta1, Beta2: t.cfg.Beta2, Eps: t.cfg.Eps, WeightDecay: t.cfg.WeightDecay,
		Correction1: 1 - math.Pow(t.cfg.Beta1, k), Correction2: 1 - math.Pow(t.cfg.Beta2, k),
		// Short runs and early steps: an average over the last tenth of the past.
		EMADecay: min(t.cfg.EMA, k/(10+k)), GradScale: shrink,
	}
	t.each(nc, t.adamFn)
	return true
}
