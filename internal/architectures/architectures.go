// Package architectures has networks of one's own, for tests, benchmarks and as examples
// (docs/howto/networks.md): a convolution, a network of sets, and the built-in network in stock
// ops.
package architectures

import (
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/nn"
)

// silu is z σ(z), in stock ops.
func silu(z *G.Node) *G.Node { return G.Must(G.HadamardProd(z, G.Must(G.Sigmoid(z)))) }

// ones is a constant matrix of 1.
func ones(rows, cols int) *G.Node {
	v := make([]float32, rows*cols)
	for i := range v {
		v[i] = 1
	}
	return G.NewConstant(tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(v)))
}

// Convolution is a network of rows that are pictures of side×side pixels, of one number
// each: three layers of 3×3 filters, the one in the middle residual, with the features of
// the noise level added to every pixel of a channel.
func Convolution(side, channels int) *nn.Architecture {
	return &nn.Architecture{Name: "convolution", Build: func(g *nn.Graph) (*G.Node, error) {
		pixels, rows := side*side, nn.BlockRows
		same := []int{1, 1}
		filter := func(name string, sd float64, x *G.Node, from, to int) *G.Node {
			w := g.Param(name, sd, to, from, 3, 3)
			return G.Must(G.Conv2d(x, w, tensor.Shape{3, 3}, same, same, same))
		}
		// Features of each row and channel, repeated over the pixels.
		level := func(name string) *G.Node {
			f := G.Must(G.Mul(g.F, g.Param(name, 1/math.Sqrt(float64(g.Features())), g.Features(), channels)))
			f = G.Must(G.Mul(G.Must(G.Reshape(f, tensor.Shape{rows * channels, 1})), ones(1, pixels)))
			return G.Must(G.Reshape(f, tensor.Shape{rows, channels, side, side}))
		}
		x := G.Must(G.Reshape(g.X, tensor.Shape{rows, 1, side, side}))
		h := silu(G.Must(G.Add(filter("in", 1./3, x, 1, channels), level("in.level"))))
		z := filter("middle", 1/math.Sqrt(9*float64(channels)), h, channels, channels)
		h = G.Must(G.Add(h, silu(G.Must(G.Add(z, level("middle.level"))))))
		y := filter("out", 0, h, channels, 1)
		return G.Reshape(y, tensor.Shape{rows, pixels})
	}}
}

// DeepSet is a network of rows that are sets: members of each number of values, one
// after the other. Every member sees itself and the mean over the members (Zaheer et al.
// 2017, arXiv:1703.06114), so that the output for members in another order is the same
// output in that order.
func DeepSet(members, values, hidden int) *nn.Architecture {
	return &nn.Architecture{Name: "deep-set", Build: func(g *nn.Graph) (*G.Node, error) {
		rows := nn.BlockRows
		each := func(x *G.Node, cols int) *G.Node { return G.Must(G.Reshape(x, tensor.Shape{rows * members, cols})) }
		whole := func(x *G.Node, cols int) *G.Node { return G.Must(G.Reshape(x, tensor.Shape{rows, members * cols})) }
		// A product by a constant matrix sums over the members, another one repeats.
		sum, repeat := make([]float32, members*hidden*hidden), make([]float32, members*hidden*hidden)
		for m := range members {
			for k := range hidden {
				sum[(m*hidden+k)*hidden+k] = 1 / float32(members)
				repeat[k*members*hidden+m*hidden+k] = 1
			}
		}
		mean := G.NewConstant(tensor.New(tensor.WithShape(members*hidden, hidden), tensor.WithBacking(sum)))
		all := G.NewConstant(tensor.New(tensor.WithShape(hidden, members*hidden), tensor.WithBacking(repeat)))
		layer := func(name string, x *G.Node, cols, out int, sd float64) *G.Node {
			return each(G.Must(G.Mul(x, g.Param(name, sd, cols, out))), out)
		}
		level := func(name string) *G.Node { // of the row, for each member
			f := G.Must(G.Mul(g.F, g.Param(name, 1/math.Sqrt(float64(g.Features())), g.Features(), hidden)))
			return each(G.Must(G.Mul(f, all)), hidden)
		}
		h := silu(G.Must(G.Add(layer("in", each(g.X, values), values, hidden, 1/math.Sqrt(float64(values))), level("in.level"))))
		for _, name := range []string{"first", "second"} {
			pooled := G.Must(G.Mul(G.Must(G.Mul(whole(h, hidden), mean)), g.Param(name+".pool", 1/math.Sqrt(float64(hidden)), hidden, hidden)))
			z := G.Must(G.Add(layer(name, h, hidden, hidden, 1/math.Sqrt(float64(hidden))), each(G.Must(G.Mul(pooled, all)), hidden)))
			h = G.Must(G.Add(h, silu(G.Must(G.Add(z, level(name+".level"))))))
		}
		return whole(layer("out", h, hidden, values, 0), values), nil
	}}
}

// MLP is the built-in network in stock ops, with its parameters by their names.
func MLP(hidden, layers int) *nn.Architecture {
	return &nn.Architecture{Name: "stock-mlp", Build: func(g *nn.Graph) (*G.Node, error) {
		h, in := g.X, g.Width()
		for l := range layers + 1 {
			name, out := "layer"+string(rune('0'+l)), hidden
			w, v := 1/math.Sqrt(float64(in)), 1/math.Sqrt(float64(g.Features()))
			if l == layers {
				name, out, w, v = "out", g.Dim(), 0, 0
			}
			z := G.Must(G.Mul(h, g.Param(name+".weight", w, in, out)))
			z = G.Must(G.Add(z, G.Must(G.Mul(g.F, g.Param(name+".feature", v, g.Features(), out)))))
			b := G.Must(G.Mul(ones(nn.BlockRows, 1), g.Param(name+".bias", 0, 1, out)))
			z = G.Must(G.Add(z, b))
			switch {
			case l == layers:
				return z, nil
			case l == 0:
				h = silu(z)
			default:
				h = G.Must(G.Add(h, silu(z)))
			}
			in = hidden
		}
		return h, nil
	}}
}
