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
// (of the time and the conditions) are data; a gradient flows into the last of
// them alone, those of an Encoder, if there is one.
//
// The features stand beside the inputs: a layer takes the joined matrix [x | f]
// and, unless it is the last, returns [y | f]. Where V follows W in parameter
// memory, x W + f V is then one product, and so is its gradient; the chains of
// the sums, and so the bits, are those of two.
type layerSpec struct {
	name          string
	index         int // 0 for the first
	in, feat, out int
	film          bool // scale by the features as well as shift
	silu          bool // activate, and pass the features on
	skip          bool // add x: needs in == out
	encoded       int  // the last features, into which gradients flow
	whole         bool // no dropout of units
}

// stride is the distance between the rows of a matrix of n columns: an odd
// number of cache lines, because rows a power of two apart compete for the
// same few sets of a cache.
func stride(n int) int {
	const line = 64 / 4
	return ((n+line-1)/line | 1) * line
}

// ldx and ldy are the strides of [x | f] and [y | f], and of their gradients.
func (s *layerSpec) ldx() int { return stride(s.in + s.feat) }

func (s *layerSpec) ldy() int {
	if s.silu {
		return stride(s.out + s.feat)
	}
	return s.out
}

// layer is what the forward op and its gradients share.
type layer[T kernel.Float] struct {
	layerSpec
	rows  int
	m     *memory[T]
	wv    []T // W and, below it, V; nil if they are apart
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
	drop unitDropout
	lean bool // the next forward pass leaves no derivatives: no backward pass follows
	idle int  // so many of the last features are 0 in all rows of the block: products leave them out
}

func (m *memory[T]) nextID() int { m.ids++; return m.ids }

// into returns a destination inside grad.
func (m *memory[T]) into(offset, n int) func() []T {
	return func() []T { return m.grad[offset : offset+n] }
}

// layerParams are the nodes of the parameters and their places in flat memory.
type layerParams struct {
	W, V, S, B    *G.Node
	atW, atV, atS int
	atB           int
}

// newLayer returns the layer whose parameters lie in flat at the places of p.
func newLayer[T kernel.Float](s layerSpec, rows int, m *memory[T], flat []T, p layerParams) *layer[T] {
	l := &layer[T]{layerSpec: s, rows: rows, m: m}
	if s.feat == 0 {
		p.atV = p.atW + s.in*s.out
	}
	if end := p.atV + s.feat*s.out; !s.film && p.atV == p.atW+s.in*s.out {
		l.wv = flat[p.atW:end]
	}
	if s.silu {
		l.deriv, l.sums = make([]T, rows*l.ldy()), make([]T, s.out)
	}
	if s.film {
		l.u, l.s = make([]T, rows*l.ldy()), make([]T, rows*l.ldy())
	}
	return l
}

// join adds [x | f] to the graph: the input of the first layer. Unless it is nil, e
// stands in the place of the last features.
func join[T kernel.Float](x, f, e *G.Node, rows, in, feat int, m *memory[T]) (*G.Node, error) {
	ld := stride(in + feat)
	from, to := in+feat, in+feat // of e
	if e != nil {
		from -= e.Shape()[1]
	}
	o := &op[T]{
		name: "join", id: m.nextID(),
		shape: tensor.Shape{rows, ld}, buf: make([]T, rows*ld), diff: []bool{true, false},
	}
	o.run = func(v [][]T, out []T) {
		for i := range rows {
			row := out[i*ld:]
			copy(row, v[0][i*in:(i+1)*in])
			copy(row[in:], v[1][i*feat:(i+1)*feat])
			if e != nil {
				copy(row[from:to], v[2][i*(to-from):])
			}
		}
	}
	cut := func(grad *G.Node, from, to int) (*G.Node, error) {
		w := to - from
		g := &op[T]{
			name: "gradJoin", id: m.nextID(),
			shape: tensor.Shape{rows, w}, buf: make([]T, rows*w),
			run: func(v [][]T, out []T) {
				for i := range rows {
					copy(out[i*w:(i+1)*w], v[0][i*ld+from:])
				}
			},
		}
		return g.apply(grad)
	}
	o.sym = func(_ G.Nodes, _, grad *G.Node) (G.Nodes, error) {
		gx, err := cut(grad, 0, in)
		if err != nil || e == nil {
			return G.Nodes{gx, nil}, err
		}
		ge, err := cut(grad, from, to)
		return G.Nodes{gx, nil, ge}, err
	}
	if e == nil {
		return o.apply(x, f)
	}
	o.diff = append(o.diff, true)
	return o.apply(x, f, e)
}

// build adds the layer to the graph of x and returns y, joined as x is unless it is the output.
func (l *layer[T]) build(x *G.Node, p layerParams) (*G.Node, error) {
	o := &op[T]{
		name: "layer", id: l.m.nextID(),
		shape: tensor.Shape{l.rows, l.ldy()},
		buf:   make([]T, l.rows*l.ldy()),
		run:   l.forward,
		diff:  []bool{true, true, true, true},
	}
	in := G.Nodes{x, p.W, p.V, p.B}
	if l.feat == 0 {
		in, o.diff = G.Nodes{x, p.W, p.B}, o.diff[:3]
	}
	if l.film {
		in, o.diff = append(in, p.S), append(o.diff, true)
	}
	o.sym = func(in G.Nodes, _, grad *G.Node) (G.Nodes, error) { return l.gradient(in, grad, p) }
	return o.apply(in...)
}

func (l *layer[T]) forward(in [][]T, y []T) {
	x, w, v, b := in[0], in[1], in[2], in[min(3, len(in)-1)]
	z, f := y, x[l.in:]
	if l.silu && !l.m.lean {
		z = l.deriv
	}
	n, ldx, ldy, ws, feat := l.rows, l.ldx(), l.ldy(), &l.m.ws, l.feat-l.m.idle
	if l.wv != nil {
		kernel.GemmNN(ws, n, l.out, l.in+feat, x, ldx, l.wv, l.out, z, ldy, false)
	} else {
		kernel.GemmNN(ws, n, l.out, l.in, x, ldx, w, l.out, z, ldy, false)
		if l.film {
			l.scale(f, in[4], z)
		}
		kernel.GemmNN(ws, n, l.out, feat, f, ldx, v, l.out, z, ldy, true)
	}
	switch {
	case l.silu && !l.whole && l.m.drop.share > 0:
		if l.m.lean {
			kernel.BiasSiLUValue(y, b, nil, n, l.out, ldy)
		} else {
			kernel.BiasSiLU(y, z, b, n, l.out, ldy)
		}
		if l.skip {
			l.dropUnits(y, x)
		} else {
			l.dropUnits(y, nil)
		}
	case l.skip && l.m.lean:
		kernel.BiasSiLUValue(y, b, x, n, l.out, ldy)
	case l.silu && l.m.lean:
		kernel.BiasSiLUValue(y, b, nil, n, l.out, ldy)
	case l.skip:
		kernel.BiasSiLUSkip(y, z, b, x, n, l.out, ldy)
	case l.silu:
		kernel.BiasSiLU(y, z, b, n, l.out, ldy)
	default:
		kernel.AddBias(y, b, n, l.out, ldy)
	}
	if l.silu && l.feat > 0 {
		for i := range n {
			copy(y[i*ldy+l.out:], f[i*ldx:i*ldx+l.feat])
		}
	}
}

// scale keeps u = z, sets s = 1 + f S and then z = u ⊙ s.
func (l *layer[T]) scale(f, s, z []T) {
	ld := l.ldy()
	kernel.GemmNN(&l.m.ws, l.rows, l.out, l.feat, f, l.ldx(), s, l.out, l.s, ld, false)
	for i := range l.rows {
		zi, ui, si := z[i*ld:][:l.out], l.u[i*ld:][:l.out], l.s[i*ld:][:l.out]
		for j, v := range zi {
			si[j]++
			ui[j] = v
			zi[j] = v * si[j]
		}
	}
}
