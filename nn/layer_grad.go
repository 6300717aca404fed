package nn

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
)

// gradient builds the backward pass of the layer from the gradient g of y:
//
//	dz = g ⊙ silu'(z),  gb = Σ_rows dz,  gV = fᵀ dz,  gS = fᵀ (dz ⊙ u),
//	du = dz ⊙ (1 + f S),  gW = xᵀ du,  gx = du Wᵀ (+ g for a skip),
//
// and, where f has features of an encoder, gf = dz Vᵀ + (dz ⊙ u) Sᵀ + the gf of y.
//
// Each is an op of its own, so a graph that needs only some of them (the
// gradient of the input, while sampling) runs only those.
func (l *layer[T]) gradient(in G.Nodes, g *G.Node, p layerParams) (G.Nodes, error) {
	x := in[0]
	dz, gb, err := l.backThroughActivation(g, p)
	if err != nil {
		return nil, err
	}
	du, ds, gs := dz, (*G.Node)(nil), (*G.Node)(nil)
	if l.film {
		if du, ds, gs, err = l.backThroughScale(x, dz, p); err != nil {
			return nil, err
		}
	}
	gw, gv, err := l.weightGradients(x, du, dz, p)
	if err != nil {
		return nil, err
	}
	gx, err := l.inputGradient(du, dz, ds, g, p)
	if err != nil {
		return nil, err
	}
	switch {
	case l.film:
		return G.Nodes{gx, gw, gv, gb, gs}, nil
	case l.feat == 0:
		return G.Nodes{gx, gw, gb}, nil
	}
	return G.Nodes{gx, gw, gv, gb}, nil
}

func (l *layer[T]) matrix(name string, run func(in [][]T, out []T)) *op[T] {
	return &op[T]{
		name: name, id: l.m.nextID(),
		shape: tensor.Shape{l.rows, l.ldy()}, buf: make([]T, l.rows*l.ldy()), run: run,
	}
}

func (l *layer[T]) backThroughActivation(g *G.Node, p layerParams) (dz, gb *G.Node, err error) {
	sum := func(in [][]T, out []T) { kernel.ColSum(out, in[0], l.rows, l.out, l.ldy(), l.m.acc) }
	dz = g
	if l.silu {
		o := l.matrix("gradZ", func(in [][]T, out []T) {
			kernel.MulColSum(out, in[0], l.deriv, l.sums, l.rows, l.out, l.ldy(), false)
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

// backThroughScale returns du = dz ⊙ s, ds = dz ⊙ u and gS = fᵀ ds.
func (l *layer[T]) backThroughScale(x, dz *G.Node, p layerParams) (du, ds, gs *G.Node, err error) {
	o := l.matrix("gradU", func(in [][]T, out []T) { l.mul(out, in[0], l.s) })
	if du, err = o.apply(dz); err != nil {
		return nil, nil, nil, err
	}
	o = l.matrix("gradScale", func(in [][]T, out []T) { l.mul(out, in[0], l.u) })
	if ds, err = o.apply(dz); err != nil {
		return nil, nil, nil, err
	}
	gs, err = l.weightGradient("gradS", x, ds, l.in, l.feat, p.atS)
	return du, ds, gs, err
}

// weightGradients returns gW = xᵀ du and gV = fᵀ dz.
func (l *layer[T]) weightGradients(x, du, dz *G.Node, p layerParams) (gw, gv *G.Node, err error) {
	rows := l.in
	if l.wv != nil { // du is dz, and gV lies below gW: the two are one product
		rows += l.feat
	}
	if gw, err = l.weightGradient("gradW", x, du, 0, rows, p.atW); err != nil || l.feat == 0 {
		return gw, nil, err
	}
	if l.wv == nil {
		gv, err = l.weightGradient("gradV", x, dz, l.in, l.feat, p.atV)
		return gw, gv, err
	}
	o := &op[T]{
		name: "gradV", id: l.m.nextID(),
		shape: tensor.Shape{l.feat, l.out}, dst: l.m.into(p.atV, l.feat*l.out),
		run: func([][]T, []T) {},
	}
	gv, err = o.apply(dz)
	return gw, gv, err
}

// weightGradient is aᵀ d in its place in the gradient, a being columns of [x | f].
func (l *layer[T]) weightGradient(name string, x, d *G.Node, from, cols, at int) (*G.Node, error) {
	o := &op[T]{
		name: name, id: l.m.nextID(),
		shape: tensor.Shape{cols, l.out}, dst: l.m.into(at, cols*l.out),
	}
	o.run = func(v [][]T, out []T) {
		kernel.GemmTN(&l.m.ws, cols, l.out, l.rows, v[0][from:], l.ldx(), v[1], l.ldy(), out, l.out, l.m.acc)
	}
	return o.apply(x, d)
}

// inputGradient is the gradient of [x | f], with ds = dz ⊙ u for FiLM. Of the part of f it
// has the features of an encoder; the others are left as they are.
func (l *layer[T]) inputGradient(du, dz, ds, g *G.Node, p layerParams) (*G.Node, error) {
	o := &op[T]{
		name: "gradX", id: l.m.nextID(),
		shape: tensor.Shape{l.rows, l.ldx()}, buf: make([]T, l.rows*l.ldx()),
	}
	in := G.Nodes{du, p.W}
	add := func(n *G.Node) int {
		in = append(in, n)
		return len(in) - 1
	}
	var atG, atZ, atV, atS int // of g, dz, V, and ds with S behind it
	if l.skip {
		atG, o.over = add(g), 3 // the sum may replace g
	}
	if l.encoded > 0 {
		if l.silu && !l.skip {
			atG = add(g)
		}
		atV = add(p.V)
		if l.film { // otherwise dz is du
			atZ, atS = add(dz), add(ds)
			add(p.S)
		}
	}
	o.run = func(v [][]T, out []T) {
		if l.skip && &out[0] != &v[2][0] {
			copy(out, v[2])
		}
		kernel.GemmNT(&l.m.ws, l.rows, l.in, l.out, v[0], l.ldy(), v[1], l.out, out, l.ldx(), l.skip)
		if l.encoded == 0 {
			return
		}
		if l.silu && !l.skip {
			l.passEncoded(out, v[atG])
		}
		l.addEncoded(out, v[atZ], v[atV], l.silu)
		if l.film {
			l.addEncoded(out, v[atS], v[atS+1], true)
		}
	}
	return o.apply(in...)
}

// passEncoded stores the gradient of the encoder's features in [y | f] as that in [x | f].
func (l *layer[T]) passEncoded(gx, gy []T) {
	from := l.feat - l.encoded
	for i := range l.rows {
		copy(gx[i*l.ldx()+l.in+from:][:l.encoded], gy[i*l.ldy()+l.out+from:])
	}
}

// addEncoded adds d Vᵀ to the gradient of the encoder's features, or stores it.
func (l *layer[T]) addEncoded(gx, d, v []T, acc bool) {
	from := l.feat - l.encoded
	kernel.GemmNT(&l.m.ws, l.rows, l.encoded, l.out, d, l.ldy(), v[from*l.out:], l.out, gx[l.in+from:], l.ldx(), acc)
}

func (l *layer[T]) mul(dst, a, b []T) {
	ld := l.ldy()
	for i := range l.rows {
		d, a, b := dst[i*ld:][:l.out], a[i*ld:][:l.out], b[i*ld:][:l.out]
		for j := range d {
			d[j] = a[j] * b[j]
		}
	}
}
