package nn

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
)

// squaredError is the cost Σ_ij w_ij (y_ij − r_ij)², r and w being data of the
// shape of y. Its gradient with respect to y is 2 w ⊙ (y − r) times the seed.
func squaredError[T kernel.Float](m *memory[T], y, r, w *G.Node) (*G.Node, error) {
	o := &op[T]{
		name: "squaredError", id: m.nextID(),
		buf: make([]T, 1), diff: []bool{true, false, false},
	}
	o.run = func(in [][]T, out []T) {
		y, r, w := in[0], in[1], in[2]
		sum := 0.0 // float64, rows in order: a loss must not depend on vector width
		for i := range y {
			e := float64(y[i]) - float64(r[i])
			sum += float64(w[i]) * e * e
		}
		out[0] = T(sum)
	}
	o.sym = func(in G.Nodes, _, seed *G.Node) (G.Nodes, error) {
		g := &op[T]{
			name: "gradSquaredError", id: m.nextID(), seed: true,
			shape: tensor.Shape(y.Shape()), buf: make([]T, y.Shape().TotalSize()),
			run: func(v [][]T, out []T) {
				y, r, w, s := v[0], v[1], v[2], 2*v[3][0]
				for i := range out {
					out[i] = s * w[i] * (y[i] - r[i])
				}
			},
		}
		n, err := g.apply(in[0], in[1], in[2], seed)
		return G.Nodes{n, nil, nil}, err
	}
	return o.apply(y, r, w)
}

// inner is the cost Σ_ij v_ij y_ij with v data: its gradient in the input of
// a network is the vector-Jacobian product of v, row by row.
func inner[T kernel.Float](m *memory[T], y, v *G.Node) (*G.Node, error) {
	o := &op[T]{name: "inner", id: m.nextID(), buf: make([]T, 1), diff: []bool{true, false}}
	o.run = func(in [][]T, out []T) {
		sum := 0.0
		for i, y := range in[0] {
			sum += float64(y) * float64(in[1][i])
		}
		out[0] = T(sum)
	}
	o.sym = func(in G.Nodes, _, seed *G.Node) (G.Nodes, error) {
		g := &op[T]{
			name: "gradInner", id: m.nextID(), seed: true,
			shape: tensor.Shape(y.Shape()), buf: make([]T, y.Shape().TotalSize()),
			run: func(v [][]T, out []T) {
				for i, e := range v[0] {
					out[i] = v[1][0] * e
				}
			},
		}
		n, err := g.apply(in[1], seed)
		return G.Nodes{n, nil}, err
	}
	return o.apply(y, v)
}
