package nn

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/formula"
)

// vectors is a Gorgonia graph of elementwise ops, each on one number of every row of a
// block. The ops are closed under differentiation in the gradients that flow through
// them, which is what a second backward pass needs; slopes have no derivative.
type vectors struct {
	graph    *G.ExprGraph
	ids      int
	bound    map[*G.Node][]float64 // inputs and constants
	constant map[*G.Node]bool
	kernel   map[*op[float64]]kernelFunc
}

func newVectors() *vectors {
	return &vectors{graph: G.NewGraph(), bound: map[*G.Node][]float64{}, constant: map[*G.Node]bool{}, kernel: map[*op[float64]]kernelFunc{}}
}

// input adds a vector of data, and returns its memory.
func (b *vectors) input(name string) (*G.Node, []float64) {
	b.ids++
	n := G.NewMatrix(b.graph, tensor.Float64, G.WithName(fmt.Sprint(name, "#", b.ids)), G.WithShape(BlockRows, 1))
	b.bound[n] = make([]float64, BlockRows)
	return n, b.bound[n]
}

func (b *vectors) number(v float64) *G.Node {
	n, mem := b.input("constant")
	for i := range mem {
		mem[i] = v
	}
	b.constant[n] = true
	return n
}

// kernelFunc computes an elementwise operation of a, or of a and b.
type kernelFunc func(out, a, b []float64)

// gradient returns the gradients of the inputs, given that of the output.
type gradient func(in G.Nodes, out, grad *G.Node) (G.Nodes, error)

// add puts an op into the graph. Constants, and all inputs without sym, have no gradient.
func (b *vectors) add(name string, run kernelFunc, sym gradient, in ...*G.Node) (*G.Node, error) {
	b.ids++
	o := &op[float64]{name: name, id: b.ids, shape: tensor.Shape{BlockRows, 1}, buf: make([]float64, BlockRows), diff: make([]bool, len(in)), sym: sym}
	for i, n := range in {
		o.diff[i] = sym != nil && !b.constant[n]
	}
	if len(in) == 1 {
		o.run = func(v [][]float64, out []float64) { run(out, v[0], v[0]) }
	} else {
		o.run = func(v [][]float64, out []float64) { run(out, v[0], v[1]) }
	}
	b.kernel[o] = run
	return o.apply(in...)
}

// apply adds an operation of a formula. Its derivative is that of vector_grad.go.
func (b *vectors) apply(o formula.Op, in ...*G.Node) (*G.Node, error) {
	run, ok := kernels[o]
	if !ok {
		panic("nn: an operation without a kernel")
	}
	return b.add(fmt.Sprint("formula", o), run, b.gradientOf(o), in...)
}

// each makes a kernel of a function of one number.
func each(f func(float64) float64) kernelFunc {
	return func(out, a, _ []float64) {
		for i, x := range a {
			out[i] = f(x)
		}
	}
}

// pairs makes a kernel of a function of two numbers.
func pairs(f func(a, b float64) float64) kernelFunc {
	return func(out, a, b []float64) {
		for i, x := range a {
			out[i] = f(x, b[i])
		}
	}
}

// kernels are those of the operations; the short ones are loops of their own.
var kernels = map[formula.Op]kernelFunc{
	formula.Neg: func(out, a, _ []float64) {
		for i, x := range a {
			out[i] = -x
		}
	},
	formula.Add: addVectors,
	formula.Sub: func(out, a, b []float64) {
		for i, x := range a {
			out[i] = x - b[i]
		}
	},
	formula.Mul: mulVectors,
	formula.Div: divVectors,
	formula.Sqrt: func(out, a, _ []float64) {
		for i, x := range a {
			out[i] = math.Sqrt(x)
		}
	},
	formula.Abs: func(out, a, _ []float64) {
		for i, x := range a {
			out[i] = math.Abs(x)
		}
	},
	formula.Exp:     each(math.Exp),
	formula.Log:     each(math.Log),
	formula.Sin:     each(math.Sin),
	formula.Cos:     each(math.Cos),
	formula.Tanh:    each(math.Tanh),
	formula.Sigmoid: each(func(x float64) float64 { return formula.Sigmoid.Eval(x, 0) }),
	formula.Pow:     pairs(math.Pow),
	formula.Min:     pairs(math.Min),
	formula.Max:     pairs(math.Max),
}

func addVectors(out, a, b []float64) {
	for i, x := range a {
		out[i] = x + b[i]
	}
}

func mulVectors(out, a, b []float64) {
	for i, x := range a {
		out[i] = x * b[i]
	}
}

func divVectors(out, a, b []float64) {
	for i, x := range a {
		out[i] = x / b[i]
	}
}
