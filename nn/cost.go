package nn

import (
	"slices"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/kernel"
	"tweedie/internal/numeric"
)

// costOp adds a cost of the matrix in[0] and data, run. grad stores its gradient with
// respect to in[0], from the inputs and the seed, by which it is multiplied.
func costOp[T kernel.Float](m *memory[T], name string, run, grad func(in [][]T, out []T), in ...*G.Node) (*G.Node, error) {
	o := &op[T]{name: name, id: m.nextID(), buf: make([]T, 1), diff: make([]bool, len(in)), run: run}
	o.diff[0] = true
	o.sym = func(in G.Nodes, _, seed *G.Node) (G.Nodes, error) {
		shape := in[0].Shape()
		g := &op[T]{name: name + "Gradient", id: m.nextID(), seed: true, shape: shape, buf: make([]T, shape.TotalSize()), run: grad}
		n, err := g.apply(append(slices.Clone(in), seed)...)
		return append(G.Nodes{n}, make(G.Nodes, len(in)-1)...), err
	}
	return o.apply(in...)
}

// squaredError is the cost Σ_ij w_ij (y_ij − r_ij)², r and w being data of the
// shape of y. Its gradient with respect to y is 2 w ⊙ (y − r) times the seed.
func squaredError[T kernel.Float](m *memory[T], y, r, w *G.Node) (*G.Node, error) {
	run := func(in [][]T, out []T) {
		y, r, w := in[0], in[1], in[2]
		sum := 0.0 // float64, rows in order: a loss must not depend on vector width
		for i := range y {
			e := float64(y[i]) - float64(r[i])
			sum += float64(float64(w[i]) * e * e)
		}
		out[0] = T(sum)
	}
	grad := func(v [][]T, out []T) {
		y, r, w, s := v[0], v[1], v[2], 2*v[3][0]
		for i := range out {
			out[i] = s * w[i] * (y[i] - r[i])
		}
	}
	return costOp(m, "squaredError", run, grad, y, r, w)
}

// inner is the cost Σ_ij v_ij y_ij with v data: its gradient in the input of
// a network is the vector-Jacobian product of v, row by row.
func inner[T kernel.Float](m *memory[T], y, v *G.Node) (*G.Node, error) {
	run := func(in [][]T, out []T) {
		sum := 0.0
		for i, y := range in[0] {
			sum += float64(float64(y) * float64(in[1][i]))
		}
		out[0] = T(sum)
	}
	grad := func(v [][]T, out []T) {
		for i, e := range v[1] {
			out[i] = v[2][0] * e
		}
	}
	return costOp(m, "inner", run, grad, y, v)
}

// crossEntropy is the cost −Σ_ij w_ij ln softmax(y_i)_j of logits y, w being
// data: the weight of the row in the column of its class and 0 elsewhere. Its
// gradient is (Σ_j w_ij) softmax(y_i) − w_i times the seed.
func crossEntropy[T kernel.Float](m *memory[T], y, w *G.Node) (*G.Node, error) {
	k := y.Shape()[1]
	p := make([]float64, k)
	run := func(in [][]T, out []T) {
		sum := 0.0
		for i := 0; i < len(in[0]); i += k {
			lse := softmax(p, in[0][i:i+k])
			for j, w := range in[1][i : i+k] {
				if w != 0 {
					sum += float64(float64(w) * (lse - float64(in[0][i+j])))
				}
			}
		}
		out[0] = T(sum)
	}
	grad := func(v [][]T, out []T) {
		for i := 0; i < len(out); i += k {
			softmax(p, v[0][i:i+k])
			total := T(0)
			for _, w := range v[1][i : i+k] {
				total += w
			}
			for j := range k {
				out[i+j] = v[2][0] * (T(total*T(p[j])) - v[1][i+j])
			}
		}
	}
	return costOp(m, "crossEntropy", run, grad, y, w)
}

// softmax stores softmax(y) in p and returns the logarithm of its normalizer.
func softmax[T kernel.Float](p []float64, y []T) float64 {
	for j, v := range y {
		p[j] = float64(v)
	}
	return numeric.Softmax(p)
}
