package nn

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
)

// encoderInputs are the inputs of the graph of an Encoder for a block. Of a vector, rows
// are [u | null flag]. Of a set, points are the u_p, Points of each row, weight is
// 1/P for those that are there and 0 for the others, and flags are the features of ρ.
// Rows have the strides of layers.
type encoderInputs[T kernel.Float] struct {
	Encoder
	rows                  []T // Block×stride(Width + 1)
	points, weight, flags []T // (Block·Points)×stride(Width), Block×Points, Block×2
	order                 [][]float64
}

// buildEncoder adds an encoder to the graph: the features e of a block, Block×Out.
func buildEncoder[T kernel.Float](a Encoder, b *builder[T], g *G.ExprGraph) (*encoderInputs[T], *G.Node, error) {
	in := &encoderInputs[T]{Encoder: a}
	if !a.set() {
		u := b.input(g, "u", BlockRows, stride(a.Width+a.flags()), &in.rows)
		e, err := b.layers(u, BlockRows, a.rowLayers())
		return in, e, err
	}
	n := BlockRows * a.Points
	h, err := b.layers(b.input(g, "points", n, stride(a.Width), &in.points), n, a.pointLayers())
	if err != nil {
		return nil, nil, err
	}
	p := &pool[T]{Encoder: a, m: b.m}
	if h, err = p.build(h, b.input(g, "share", BlockRows, a.Points, &in.weight), b.input(g, "flags", BlockRows, a.flags(), &in.flags)); err != nil {
		return nil, nil, err
	}
	e, err := b.layers(h, BlockRows, a.rowLayers())
	return in, e, err
}

// input adds an input to the graph, and stores its memory in mem.
func (b *builder[T]) input(g *G.ExprGraph, name string, rows, cols int, mem *[]T) *G.Node {
	n := G.NewMatrix(g, dtype[T](), G.WithName(name), G.WithShape(rows, cols))
	*mem = make([]T, rows*cols)
	b.bound[n] = *mem
	return n
}

// pool is the weighted sum over the points of each row,
//
//	[Σ_p w_p h_p | Σ_p w_p h_p² | flags],
//
// the squares with SecondMoment only. Weights and flags are data.
type pool[T kernel.Float] struct {
	Encoder
	m *memory[T]
}

func (p *pool[T]) ldh() int { return stride(p.Hidden) }
func (p *pool[T]) ldy() int { return stride(p.pooled() + p.flags()) }

func (p *pool[T]) build(h, w, flags *G.Node) (*G.Node, error) {
	o := &op[T]{
		name: "pool", id: p.m.nextID(), shape: tensor.Shape{BlockRows, p.ldy()},
		buf: make([]T, BlockRows*p.ldy()), diff: []bool{true, false, false},
	}
	o.run = func(in [][]T, out []T) {
		for i := range BlockRows {
			y := out[i*p.ldy() : (i+1)*p.ldy()]
			p.start(y, in[2][i*p.flags():])
			for k, w := range in[1][i*p.Points : (i+1)*p.Points] {
				if w != 0 {
					p.add(y, in[0][(i*p.Points+k)*p.ldh():], w)
				}
			}
		}
	}
	o.sym = func(in G.Nodes, _, grad *G.Node) (G.Nodes, error) {
		g := &op[T]{
			name: "gradPool", id: p.m.nextID(), shape: in[0].Shape(),
			buf: make([]T, in[0].Shape().TotalSize()), run: p.gradient,
		}
		n, err := g.apply(in[0], in[1], grad)
		return G.Nodes{n, nil, nil}, err
	}
	return o.apply(h, w, flags)
}

// start makes y the sum over no points, with its flags.
func (p *pool[T]) start(y, flags []T) {
	clear(y)
	copy(y[p.pooled():], flags[:p.flags()])
}

// add adds the point h of weight w to y.
func (p *pool[T]) add(y, h []T, w T) {
	for j, v := range h[:p.Hidden] {
		y[j] += T(w * v)
	}
	if p.SecondMoment {
		for j, v := range h[:p.Hidden] {
			y[p.Hidden+j] += T(T(w*v) * v)
		}
	}
}

// gradient stores w_p (g_1 + 2 h_p g_2) for each point.
func (p *pool[T]) gradient(in [][]T, out []T) {
	h, weight, grad := in[0], in[1], in[2]
	for i := range BlockRows * p.Points {
		w, d, hi := weight[i], out[i*p.ldh():][:p.Hidden], h[i*p.ldh():]
		g := grad[i/p.Points*p.ldy():]
		for j := range d {
			d[j] = w * g[j]
		}
		if p.SecondMoment {
			for j := range d {
				d[j] += T(2 * w * hi[j] * g[p.Hidden+j])
			}
		}
	}
}
