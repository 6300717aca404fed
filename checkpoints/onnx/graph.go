package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Edge is a tensor of a graph, by its name.
type Edge string

// Graph builds a Model, node by node. All its real numbers are of one type, and matrices
// have a row for each sample. It panics on what cannot be a graph, as a name used twice.
type Graph struct {
	Type  Type // Float or Double
	model Model
	names map[string]bool
	nodes int
	whole map[string]Edge // constants without names, by their content
}

// New returns an empty graph whose real numbers are of type t.
func New(t Type) *Graph {
	if t != Float && t != Double {
		panic("onnx: a graph is of Float or Double")
	}
	return &Graph{Type: t, names: map[string]bool{}, whole: map[string]Edge{}}
}

// Model returns what was built, without the nodes and constants that no output depends on.
func (g *Graph) Model() *Model {
	used := map[string]bool{}
	for _, v := range g.model.Outputs {
		used[v.Name] = true
	}
	for i := len(g.model.Nodes) - 1; i >= 0; i-- {
		n := &g.model.Nodes[i]
		if slices.ContainsFunc(n.Out, func(name string) bool { return used[name] }) {
			for _, name := range n.In {
				used[name] = true
			}
		}
	}
	g.model.Nodes = slices.DeleteFunc(g.model.Nodes, func(n Node) bool {
		return !slices.ContainsFunc(n.Out, func(name string) bool { return used[name] })
	})
	g.model.Initializers = slices.DeleteFunc(g.model.Initializers, func(t Tensor) bool { return !used[t.Name] })
	return &g.model
}

func (g *Graph) claim(name string) Edge {
	if name == "" || g.names[name] {
		panic("onnx: a name is empty or used twice")
	}
	g.names[name] = true
	return Edge(name)
}

// Input adds an input of real numbers.
func (g *Graph) Input(name string, dims ...Dim) Edge {
	g.model.Inputs = append(g.model.Inputs, Value{name, g.Type, dims})
	return g.claim(name)
}

// Output makes e an output of that name.
func (g *Graph) Output(name string, e Edge, dims ...Dim) {
	g.model.Outputs = append(g.model.Outputs, Value{name, g.Type, dims})
	g.claim(name)
	g.model.Nodes = append(g.model.Nodes, Node{Op: "Identity", In: []string{string(e)}, Out: []string{name}})
}

// Param adds a named constant of real numbers, or returns the one that has the name: what
// several parts of a graph share, as the weights of a network.
func (g *Graph) Param(name string, dims []int, data func() []float64) Edge {
	if !g.names[name] {
		g.claim(name)
		g.model.Initializers = append(g.model.Initializers, Tensor{name, g.Type, dims, data()})
	}
	return Edge(name)
}

// Const adds a constant; equal ones are one.
func (g *Graph) Const(t Type, dims []int, data ...float64) Edge {
	key := fmt.Sprint(t, dims, data)
	e, known := g.whole[key]
	if !known {
		e = g.claim(fmt.Sprintf("const_%d", len(g.whole)))
		g.whole[key] = e
		g.model.Initializers = append(g.model.Initializers, Tensor{string(e), t, dims, data})
	}
	return e
}

// Row adds a constant row of real numbers, 1×n.
func (g *Graph) Row(data ...float64) Edge { return g.Const(g.Type, []int{1, len(data)}, data...) }

// Scalar adds a constant number.
func (g *Graph) Scalar(v float64) Edge { return g.Const(g.Type, nil, v) }

// Ints adds a constant list of whole numbers.
func (g *Graph) Ints(v ...int) Edge {
	data := make([]float64, len(v))
	for i, k := range v {
		data[i] = float64(k)
	}
	return g.Const(Int64, []int{len(v)}, data...)
}

// Op adds a node with one output.
func (g *Graph) Op(op string, in ...Edge) Edge { return g.OpWith(op, nil, 1, in...)[0] }

// OpWith adds a node with attributes and several outputs.
func (g *Graph) OpWith(op string, attrs []Attr, outputs int, in ...Edge) []Edge {
	n := Node{Op: op, Attrs: attrs}
	for _, e := range in {
		if !g.names[string(e)] {
			panic("onnx: a node reads what is not there")
		}
		n.In = append(n.In, string(e))
	}
	out := make([]Edge, outputs)
	for k := range out {
		out[k] = g.claim(fmt.Sprintf("%s_%d_%d", strings.ToLower(op), g.nodes, k))
		n.Out = append(n.Out, string(out[k]))
	}
	g.nodes++
	g.model.Nodes = append(g.model.Nodes, n)
	return out
}

// Columns are the columns at idx of a matrix.
func (g *Graph) Columns(x Edge, idx ...int) Edge {
	return g.OpWith("Gather", []Attr{Int("axis", 1)}, 1, x, g.Ints(idx...))[0]
}

// Concat puts matrices side by side. One alone is returned as it is.
func (g *Graph) Concat(parts ...Edge) Edge {
	if len(parts) == 1 {
		return parts[0]
	}
	return g.OpWith("Concat", []Attr{Int("axis", 1)}, 1, parts...)[0]
}

// Split cuts a matrix into parts of that many columns.
func (g *Graph) Split(x Edge, widths ...int) []Edge {
	if len(widths) == 1 {
		return []Edge{x}
	}
	return g.OpWith("Split", []Attr{Int("axis", 1)}, len(widths), x, g.Ints(widths...))
}

// Softmax is that of each row, LogSoftmax its logarithm.
func (g *Graph) Softmax(x Edge) Edge { return g.OpWith("Softmax", []Attr{Int("axis", 1)}, 1, x)[0] }

// LogSoftmax is the logarithm of Softmax.
func (g *Graph) LogSoftmax(x Edge) Edge {
	return g.OpWith("LogSoftmax", []Attr{Int("axis", 1)}, 1, x)[0]
}

// Number is a tensor of truths as real numbers, 0 and 1.
func (g *Graph) Number(b Edge) Edge {
	return g.OpWith("Cast", []Attr{Int("to", int64(g.Type))}, 1, b)[0]
}

// Truth is a tensor of 0 and 1 as truths.
func (g *Graph) Truth(x Edge) Edge {
	return g.OpWith("Cast", []Attr{Int("to", int64(Bool))}, 1, x)[0]
}

// SiLU is x/(1 + e^-x). In float32 it is written as x times the logistic function, which
// runtimes fuse; in float64 that fusion has no kernel in onnxruntime.
func (g *Graph) SiLU(x Edge) Edge {
	if g.Type == Float {
		return g.Op("Mul", x, g.Op("Sigmoid", x))
	}
	return g.Op("Div", x, g.Op("Add", g.Scalar(1), g.Op("Exp", g.Op("Neg", x))))
}

// Cos is the cosine. In float64 it is a sine: onnxruntime has no kernel for the other.
func (g *Graph) Cos(x Edge) Edge {
	if g.Type == Float {
		return g.Op("Cos", x)
	}
	return g.Op("Sin", g.Op("Add", x, g.Scalar(math.Pi/2)))
}

// Erf is the error function, in float32: onnxruntime has no kernel for the other.
func (g *Graph) Erf(x Edge) Edge {
	if g.Type == Float {
		return g.Op("Erf", x)
	}
	narrow := g.OpWith("Cast", []Attr{Int("to", int64(Float))}, 1, x)[0]
	return g.Number(g.Op("Erf", narrow))
}
