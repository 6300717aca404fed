package bench

import (
	"cmp"

	"tweedie/nn"
)

// flop counts the operations of the products of one row. In the forward pass every
// layer multiplies its input and the features. The gradient in the parameters (backward)
// costs the same again for each matrix, and for the input of each layer but the first.
// The gradient in the input of the network (pullback) needs those of all inputs alone.
// With FiLM the features meet two matrices, except in the last layer.
func flop(a nn.MLP) (forward, backward, pullback float64) {
	layer := func(in, feat, out int) {
		forward += 2 * float64((in+feat)*out)
		pullback += 2 * float64(in*out)
	}
	feat := a.Feat
	if a.FiLM {
		feat *= 2
	}
	layer(a.Dim, feat, a.Hidden)
	first := pullback
	for range a.Layers - 1 {
		layer(a.Hidden, feat, a.Hidden)
	}
	layer(a.Hidden, a.Feat, cmp.Or(a.Out, a.Dim))
	return forward, forward + pullback - first, pullback
}
