package nn

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
)

// layerSpec is the shape of one layer,
//
//	u = x W,   z = u + f V + b              (additive features)
//	           z = u ⊙ (1 + f S) + f V + b  (FiLM, Perez et al. 2018)
//	y = z,  silu(z)  or  x + silu(z),
//
// x being n×in, f n×feat, W in×out, V and S feat×out, b 1×out. The features f
// (of the time and the conditions) are data: no gradient flows into them.
type layerSpec struct {
	name          string
	in, feat, out int
	film          bool // scale by the features as well as shift
	silu          bool // activate
	skip          bool // add x: needs in == out
}

// layer is the state that the forward op and its gradients share, for one
// micro-batch of a compiled graph.
type layer[T kernel.Float] struct {
	layerSpec
	rows  int
	m     *memory[T]
	deriv []T // silu'(z), left by the forward op
	sums  []T // column sums of dz
	u, s  []T // x W and 1 + f S, for FiLM
}

// memory is what the ops of one machine share: where parameter gradients go.
type memory[T kernel.Float] struct {
	ws   kernel.Workspace
	ids  int
	grad []T  // laid out as the parameters are
	acc  bool // add to grad instead of overwriting it
}

func (m *memory[T]) nextID() int { m.ids++; return m.ids }

// into returns a destination inside grad.
func (m *memory[T]) into(offset, n int) func() []T {
	return func() []T { return m.grad[offset : offset+n] }
}

// layerParams are the nodes of a layer's parameters and their places in flat
// parameter memory. S is nil without FiLM.
type layerParams struct {
	W, V, S, B    *G.Node
	atW, atV, atS int
	atB           int
}

func newLayer[T kernel.Float](s layerSpec, rows int, m *memory[T]) *layer[T] {
	l := &layer[T]{layerSpec: s, rows: rows, m: m}
	if s.silu {
		l.deriv, l.sums = make([]T, rows*s.out), make([]T, s.out)
	}
	if s.film {
		l.u, l.s = make([]T, rows*s.out), make([]T, rows*s.out)
	}
	return l
}

// build adds the layer to the graph and returns y.
func (l *layer[T]) build(x, f *G.Node, p layerParams) (*G.Node, error) {
	o := &op[T]{
		name: "layer", id: l.m.nextID(),
		shape: tensor.Shape{l.rows, l.out},
		buf:   make([]T, l.rows*l.out),
		run:   l.forward,
		diff:  []bool{true, false, true, true, true},
	}
	in := G.Nodes{x, f, p.W, p.V, p.B}
	if l.film {
		in, o.diff = append(in, p.S), append(o.diff, true)
	}
	o.sym = func(in G.Nodes, _, grad *G.Node) (G.Nodes, error) { return l.gradient(in, grad, p) }
	return o.apply(in...)
}

func (l *layer[T]) forward(in [][]T, y []T) {
	x, f, w, v, b := in[0], in[1], in[2], in[3], in[4]
	z := y
	if l.silu {
		z = l.deriv
	}
	n, ws := l.rows, &l.m.ws
	kernel.GemmNN(ws, n, l.out, l.in, x, l.in, w, l.out, z, l.out, false)
	if l.film {
		l.scale(f, in[5], z)
	}
	kernel.GemmNN(ws, n, l.out, l.feat, f, l.feat, v, l.out, z, l.out, true)
	switch {
	case l.skip:
		kernel.BiasSiLUSkip(y, z, b, x, n, l.out)
	case l.silu:
		kernel.BiasSiLU(y, z, b, n, l.out)
	default:
		kernel.AddBias(y, b, n, l.out)
	}
}

// scale keeps u = z, sets s = 1 + f S and then z = u ⊙ s.
func (l *layer[T]) scale(f, s, z []T) {
	copy(l.u, z)
	kernel.GemmNN(&l.m.ws, l.rows, l.out, l.feat, f, l.feat, s, l.out, l.s, l.out, false)
	for i := range z {
		l.s[i]++
		z[i] *= l.s[i]
	}
}
