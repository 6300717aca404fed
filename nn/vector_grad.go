package nn

import (
	"math"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/formula"
)

// gradientOf is the derivative of an operation: g ↦ g ∂out/∂in. Where
// there is none it is the mean of those on both sides: 0 for |x| at 0, and ½ for either
// argument of min and max where they are equal.
func (b *vectors) gradientOf(o formula.Op) gradient {
	one := func(f func(x, out, g *G.Node) (*G.Node, error)) gradient {
		return func(in G.Nodes, out, g *G.Node) (G.Nodes, error) {
			n, err := f(in[0], out, g)
			return G.Nodes{n}, err
		}
	}
	scaled := func(name string, f func(x, out float64) float64) gradient { // g f(x, out)
		return one(func(x, out, g *G.Node) (*G.Node, error) { return b.times(g, b.slope(name, f, x, out)) })
	}
	switch o {
	case formula.Neg:
		return one(func(_, _, g *G.Node) (*G.Node, error) { return b.apply(formula.Neg, g) })
	case formula.Exp:
		return one(func(_, out, g *G.Node) (*G.Node, error) { return b.scale(g, out) })
	case formula.Log:
		return one(func(x, _, g *G.Node) (*G.Node, error) { return b.unscale(g, x) })
	case formula.Sqrt:
		return scaled("slopeOfSqrt", func(_, y float64) float64 { return 0.5 / y })
	case formula.Abs:
		return scaled("slopeOfAbs", func(x, _ float64) float64 { return sign(x) })
	case formula.Sin:
		return scaled("slopeOfSin", func(x, _ float64) float64 { return math.Cos(x) })
	case formula.Cos:
		return scaled("slopeOfCos", func(x, _ float64) float64 { return -math.Sin(x) })
	case formula.Tanh:
		return scaled("slopeOfTanh", func(_, y float64) float64 { return 1 - float64(y*y) })
	case formula.Sigmoid:
		return scaled("slopeOfSigmoid", func(_, y float64) float64 { return y * (1 - y) })
	}
	return b.gradientOfTwo(o)
}

// gradientOfTwo is the derivative of an operation of two numbers x and y.
func (b *vectors) gradientOfTwo(o formula.Op) gradient {
	switch o {
	case formula.Add:
		return b.sides(func(_, _, _, g *G.Node) (*G.Node, error) { return g, nil }, func(_, _, _, g *G.Node) (*G.Node, error) { return g, nil })
	case formula.Sub:
		return b.sides(func(_, _, _, g *G.Node) (*G.Node, error) { return g, nil }, func(_, _, _, g *G.Node) (*G.Node, error) { return b.apply(formula.Neg, g) })
	case formula.Mul:
		return b.sides(func(_, y, _, g *G.Node) (*G.Node, error) { return b.scale(g, y) }, func(x, _, _, g *G.Node) (*G.Node, error) { return b.scale(g, x) })
	case formula.Div:
		return b.sides(func(_, y, _, g *G.Node) (*G.Node, error) { return b.unscale(g, y) }, func(_, y, out, g *G.Node) (*G.Node, error) {
			return b.times(g, b.slope("slopeOfQuotient", func(y, q float64) float64 { return -q / y }, y, out))
		})
	case formula.Pow:
		return b.sides(func(x, y, _, g *G.Node) (*G.Node, error) {
			return b.times(g, b.slope("slopeOfBase", func(x, y float64) float64 { return y * math.Pow(x, y-1) }, x, y))
		}, func(x, _, out, g *G.Node) (*G.Node, error) {
			return b.times(g, b.slope("slopeOfExponent", func(x, p float64) float64 { return p * math.Log(x) }, x, out))
		})
	case formula.Min, formula.Max:
		k := 0.5
		if o == formula.Max {
			k = -0.5
		}
		share := func(s float64) func(x, y, _, g *G.Node) (*G.Node, error) {
			return func(x, y, _, g *G.Node) (*G.Node, error) {
				return b.times(g, b.slope("slopeOfExtreme", func(x, y float64) float64 { return 0.5 + float64(s*sign(y-x)) }, x, y))
			}
		}
		return b.sides(share(k), share(-k))
	}
	return nil
}

// sides joins the derivatives by both arguments. Constants have none.
func (b *vectors) sides(left, right func(x, y, out, g *G.Node) (*G.Node, error)) gradient {
	return func(in G.Nodes, out, g *G.Node) (G.Nodes, error) {
		grads := make(G.Nodes, 2)
		for i, f := range []func(x, y, out, g *G.Node) (*G.Node, error){left, right} {
			if b.constant[in[i]] {
				continue
			}
			var err error
			if grads[i], err = f(in[0], in[1], out, g); err != nil {
				return nil, err
			}
		}
		return grads, nil
	}
}

// slopeNode is a slope, or the error of making it.
type slopeNode struct {
	n   *G.Node
	err error
}

// slope is a factor of a gradient, f of two vectors. It has no derivative of its own.
func (b *vectors) slope(name string, f func(x, y float64) float64, x, y *G.Node) slopeNode {
	n, err := b.add(name, pairs(f), nil, x, y)
	return slopeNode{n, err}
}

func (b *vectors) times(g *G.Node, s slopeNode) (*G.Node, error) {
	if s.err != nil {
		return nil, s.err
	}
	return b.scale(g, s.n)
}

// scale is g s, and unscale g/s, with derivatives by g alone.
func (b *vectors) scale(g, s *G.Node) (*G.Node, error) {
	return b.linear("scale", mulVectors, b.scale, g, s)
}

func (b *vectors) unscale(g, s *G.Node) (*G.Node, error) {
	return b.linear("unscale", divVectors, b.unscale, g, s)
}

// linear adds an op that is linear in g; again is the same op, of its gradient.
func (b *vectors) linear(name string, run kernelFunc, again func(g, s *G.Node) (*G.Node, error), g, s *G.Node) (*G.Node, error) {
	n, err := b.add(name, run, func(in G.Nodes, _, grad *G.Node) (G.Nodes, error) {
		n, err := again(grad, in[1])
		return G.Nodes{n, nil}, err
	}, g, s)
	if err == nil {
		n.Op().(*op[float64]).diff[1] = false
	}
	return n, err
}

// same is g, as a node of its own: Gorgonia confuses outputs that are one node.
func (b *vectors) same(g *G.Node) (*G.Node, error) {
	return b.add("same", func(out, a, _ []float64) { copy(out, a) }, func(_ G.Nodes, _, grad *G.Node) (G.Nodes, error) {
		return G.Nodes{grad}, nil
	}, g)
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0 * x // NaN stays
}
