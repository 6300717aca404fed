package nn

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
)

// gradient builds the backward pass of the layer from the gradient g of y:
//
//	dz = g ⊙ silu'(z),  gb = Σ_rows dz,  gV = fᵀ dz,  gS = fᵀ (dz ⊙ u),
//	du = dz ⊙ (1 + f S),  gW = xᵀ du,  gx = du Wᵀ (+ g for a skip).
//
// Each is an op of its own, so a graph that needs only some of them (the
// gradient of the input, while sampling) runs only those.
func (l *layer[T]) gradient(in G.Nodes, g *G.Node, p layerParams) (G.Nodes, error) {
	x, f := in[0], in[1]
	dz, gb, err := l.backThroughActivation(g, p)
	if err != nil {
		return nil, err
	}
	gv, err := l.weightGradient("gradV", f, dz, l.feat, p.atV)
	if err != nil {
		return nil, err
	}
	du, gs := dz, (*G.Node)(nil)
	if l.film {
		if du, gs, err = l.backThroughScale(f, dz, p); err != nil {
			return nil, err
		}
	}
	gw, err := l.weightGradient("gradW", x, du, l.in, p.atW)
	if err != nil {
		return nil, err
	}
	gx, err := l.inputGradient(du, p.W, g)
	if err != nil {
		return nil, err
	}
	if l.film {
		return G.Nodes{gx, nil, gw, gv, gb, gs}, nil
	}
	return G.Nodes{gx, nil, gw, gv, gb}, nil
}

// matrix returns an op with a rows×out buffer.
func (l *layer[T]) matrix(name string, run func(in [][]T, out []T)) *op[T] {
	return &op[T]{
		name: name, id: l.m.nextID(),
		shape: tensor.Shape{l.rows, l.out}, buf: make([]T, l.rows*l.out), run: run,
	}
}

func (l *layer[T]) backThroughActivation(g *G.Node, p layerParams) (dz, gb *G.Node, err error) {
	sum := func(in [][]T, out []T) { kernel.ColSum(out, in[0], l.rows, l.out, l.m.acc) }
	dz = g
	if l.silu {
		o := l.matrix("gradZ", func(in [][]T, out []T) {
			kernel.MulColSum(out, in[0], l.deriv, l.sums, l.rows, l.out, false)
		})
		if dz, err = o.apply(g); err != nil {
			return nil, nil, err
		}
		sum = func(_ [][]T, out []T) { // the pass above has summed the columns of its result
			if l.m.acc {
				kernel.Add(out, out, l.sums)
			} else {
				copy(out, l.sums)
			}
		}
	}
	o := &op[T]{
		name: "gradB", id: l.m.nextID(),
		shape: tensor.Shape{1, l.out}, dst: l.m.into(p.atB, l.out), run: sum,
	}
	gb, err = o.apply(dz)
	return dz, gb, err
}

// backThroughScale returns du = dz ⊙ s and gS = fᵀ (dz ⊙ u).
func (l *layer[T]) backThroughScale(f, dz *G.Node, p layerParams) (du, gs *G.Node, err error) {
	o := l.matrix("gradU", func(in [][]T, out []T) { mul(out, in[0], l.s) })
	if du, err = o.apply(dz); err != nil {
		return nil, nil, err
	}
	o = l.matrix("gradScale", func(in [][]T, out []T) { mul(out, in[0], l.u) })
	ds, err := o.apply(dz)
	if err != nil {
		return nil, nil, err
	}
	gs, err = l.weightGradient("gradS", f, ds, l.feat, p.atS)
	return du, gs, err
}

// weightGradient is aᵀ d, written to its place in the gradient memory.
func (l *layer[T]) weightGradient(name string, a, d *G.Node, in, at int) (*G.Node, error) {
	o := &op[T]{
		name: name, id: l.m.nextID(),
		shape: tensor.Shape{in, l.out}, dst: l.m.into(at, in*l.out),
	}
	o.run = func(v [][]T, out []T) {
		kernel.GemmTN(&l.m.ws, in, l.out, l.rows, v[0], in, v[1], l.out, out, l.out, l.m.acc)
	}
	return o.apply(a, d)
}

func (l *layer[T]) inputGradient(du, w, g *G.Node) (*G.Node, error) {
	o := &op[T]{
		name: "gradX", id: l.m.nextID(),
		shape: tensor.Shape{l.rows, l.in}, buf: make([]T, l.rows*l.in),
	}
	o.run = func(v [][]T, out []T) {
		if l.skip {
			copy(out, v[2])
		}
		kernel.GemmNT(&l.m.ws, l.rows, l.in, l.out, v[0], l.out, v[1], l.out, out, l.in, l.skip)
	}
	return o.apply(du, w, g)
}

func mul[T kernel.Float](dst, a, b []T) {
	for i, v := range a {
		dst[i] = v * b[i]
	}
}
