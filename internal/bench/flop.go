package bench

import "tweedie/nn"

// product is the shape of one layer's work for a row.
type product struct{ in, feat, out int }

// products lists the layers of the network from input to output. With FiLM the
// features meet two matrices, except in the last layer.
func products(a nn.MLP) []product {
	feat := a.Feat
	if a.FiLM {
		feat *= 2
	}
	ps := make([]product, 0, a.Layers+1)
	for l := range a.Layers {
		p := product{a.Hidden, feat, a.Hidden}
		if l == 0 {
			p.in = a.Dim
		}
		ps = append(ps, p)
	}
	out := a.Out
	if out == 0 {
		out = a.Dim
	}
	return append(ps, product{a.Hidden, a.Feat, out})
}

// forwardFlop counts the operations of the products of one row of a forward
// pass: every layer multiplies its input and the features.
func forwardFlop(a nn.MLP) float64 {
	sum := 0
	for _, p := range products(a) {
		sum += (p.in + p.feat) * p.out
	}
	return 2 * float64(sum)
}

// backwardFlop is the same for the gradient in the parameters: that of each
// matrix costs what its product did, and so does that of each layer's input,
// which the first layer does not need.
func backwardFlop(a nn.MLP) float64 {
	sum := 0
	for l, p := range products(a) {
		sum += (p.in + p.feat) * p.out
		if l > 0 {
			sum += p.in * p.out
		}
	}
	return 2 * float64(sum)
}

// pullbackFlop is the same for the gradient in the input of the network.
func pullbackFlop(a nn.MLP) float64 {
	sum := 0
	for _, p := range products(a) {
		sum += p.in * p.out
	}
	return 2 * float64(sum)
}
