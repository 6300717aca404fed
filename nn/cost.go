package nn

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
	"tweedie/internal/numeric"
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

// crossEntropy is the cost −Σ_ij w_ij ln softmax(y_i)_j of logits y, w being
// data: the weight of the row in the column of its class and 0 elsewhere. Its
// gradient is (Σ_j w_ij) softmax(y_i) − w_i times the seed.
func crossEntropy[T kernel.Float](m *memory[T], y, w *G.Node) (*G.Node, error) {
	k := y.Shape()[1]
	p := make([]float64, k)
	o := &op[T]{name: "crossEntropy", id: m.nextID(), buf: make([]T, 1), diff: []bool{true, false}}
	o.run = func(in [][]T, out []T) {
		sum := 0.0
		for i := 0; i < len(in[0]); i += k {
			lse := softmax(p, in[0][i:i+k])
			for j, w := range in[1][i : i+k] {
				if w != 0 {
					sum += float64(w) * (lse - float64(in[0][i+j]))
				}
			}
		}
		out[0] = T(sum)
	}
	o.sym = func(in G.Nodes, _, seed *G.Node) (G.Nodes, error) {
		g := &op[T]{
			name: "gradCrossEntropy", id: m.nextID(), seed: true,
			shape: tensor.Shape(y.Shape()), buf: make([]T, y.Shape().TotalSize()),
			run: func(v [][]T, out []T) {
				for i := 0; i < len(out); i += k {
					softmax(p, v[0][i:i+k])
					total := T(0)
					for _, w := range v[1][i : i+k] {
						total += w
					}
					for j := range k {
						out[i+j] = v[2][0] * (total*T(p[j]) - v[1][i+j])
					}
				}
			},
		}
		n, err := g.apply(in[0], in[1], seed)
		return G.Nodes{n, nil}, err
	}
	return o.apply(y, w)
}

// softmax stores softmax(y) in p and returns the logarithm of its normalizer.
func softmax[T kernel.Float](p []float64, y []T) float64 {
	for j, v := range y {
		p[j] = float64(v)
	}
	return numeric.Softmax(p)
}
