package nn

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/stream"
)

// Architecture is a network of one's own: a Gorgonia graph in stock ops, in the place
// of the MLP. A model of it (Config.Network) is preconditioned, trained, sampled, guided
// and saved as any other; docs/howto/networks.md has complete examples and what it costs.
//
// It is a value, registered nowhere: what reads a file that names it is given it (Load,
// FromCheckpoint). Build is called many times, once for each machine, and must return
// the same graph each time; calls are not concurrent.
type Architecture struct {
	// Name is what files call the network. A change of the graph that files of before
	// do not fit deserves another name.
	Name string
	// Build adds the network to the graph of g.X and g.F and returns the output F of
	// BlockRows×g.Dim() float32 values, row by row: rows must not mix, as batch norm
	// would. Everything is float32, constants too. It may panic, as G.Must does: that is
	// returned as an error.
	Build func(g *Graph) (*G.Node, error)
}

// Graph is what an Architecture builds on.
type Graph struct {
	// X is the normalized input x̂, BlockRows values of g.Width() each: the noisy row,
	// of unit variance at every noise level, values that are given in their places; behind
	// it the Fourier features, if the model has them (Config.FourierFeatures).
	X *G.Node
	// F are the features, of g.Features() each: 16 of the noise level, those of the
	// conditions, and for a Conditional model one flag for each part of the row that can
	// be given.
	F *G.Node

	dim, width, feat int
	known            map[*G.Node]string // inputs and parameters
	params           []ownParam
	nodes            G.Nodes // of the parameters, in order
	at               *Params // their memory; nil to find out what they are
	err              error   // the first mistake of Build
}

// ownParam is a parameter as Build describes it.
type ownParam struct {
	name  string
	sd    float64
	shape []int
}

// Dim is the number of positions of a row, and of the output.
func (g *Graph) Dim() int { return g.dim }

// Width is the number of columns of X: Dim, unless there are Fourier features.
func (g *Graph) Width() int { return g.width }

// Features is the number of columns of F.
func (g *Graph) Features() int { return g.feat }

// Param adds a parameter of that shape. Its initial values are N(0, sd²), from the stream
// of the seed and the name; 0 for an sd of 0. A last layer that starts at 0 makes an
// untrained model its preconditioner, the exact denoiser of independent columns, from
// which training starts best. Parameters lie in one memory, in the order of the calls, and
// are trained, averaged and saved by their names, each of which occurs once.
func (g *Graph) Param(name string, sd float64, shape ...int) *G.Node {
	k := len(g.params)
	p := ownParam{name, sd, slices.Clone(shape)}
	g.params = append(g.params, p)
	switch {
	case name == "" || len(shape) == 0 || slices.Min(shape) < 1 || !(sd >= 0):
		g.fail(fmt.Errorf("parameter %d, %q, of shape %v and standard deviation %v: give a name, a shape of positive sizes and a deviation of at least 0", k, name, shape, sd))
		p.shape = []int{1, 1}
	case slices.ContainsFunc(g.params[:k], func(q ownParam) bool { return q.name == name }):
		g.fail(fmt.Errorf("two parameters are called %q: give each a name of its own", name))
	}
	mem := make([]float32, volume(p.shape))
	if g.at != nil && g.err == nil {
		if k >= len(g.at.Arrays) || g.at.Arrays[k].Name != name || !slices.Equal(g.at.Arrays[k].Shape, shape) {
			g.fail(fmt.Errorf("parameter %q is another than when the graph was first built: build the same graph each time", name))
		} else {
			mem = g.at.Arrays[k].Data
		}
	}
	s := tensor.Shape(p.shape)
	n := G.NewTensor(g.X.Graph(), tensor.Float32, len(s), G.WithName(name), G.WithShape(s...),
		G.WithValue(tensor.New(tensor.WithShape(s...), tensor.WithBacking(mem))))
	g.known[n] = name
	g.nodes = append(g.nodes, n)
	return n
}

func (g *Graph) fail(err error) {
	if g.err == nil {
		g.err = err
	}
}

// build calls Build and checks what it returns.
func (a *Architecture) build(g *Graph) (y *G.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		if g.err != nil {
			err = g.err
		}
		if err != nil {
			y, err = nil, fmt.Errorf("nn: the network %q: %w", a.Name, err)
		}
	}()
	if y, err = a.Build(g); err != nil {
		return nil, err
	}
	if y == nil {
		return nil, fmt.Errorf("there is no output")
	}
	if s := y.Shape(); !slices.Equal(s, tensor.Shape{BlockRows, g.dim}) {
		return nil, fmt.Errorf("the output has the shape %v: want %v, a row for each row of X", s, tensor.Shape{BlockRows, g.dim})
	}
	if y.Dtype() != tensor.Float32 {
		return nil, fmt.Errorf("the output is of %v: want float32", y.Dtype())
	}
	return y, g.leaves()
}

// leaves errs for a node that is neither an op, a constant, an input nor a parameter.
func (g *Graph) leaves() error {
	for _, n := range g.X.Graph().AllNodes() {
		if _, known := g.known[n]; n.Op() == nil && !known {
			return fmt.Errorf("the node %q is neither an input nor made by Param: it would not be trained, and Gorgonia's initializers take the clock for a seed: use Param, and gorgonia.NewConstant for what is fixed", n.Name())
		}
	}
	return nil
}

// dependence errs for a parameter that the output does not depend on.
func (g *Graph) dependence(y *G.Node) error {
	reached := map[*G.Node]bool{}
	var visit func(n *G.Node)
	visit = func(n *G.Node) {
		if reached[n] {
			return
		}
		reached[n] = true
		it := g.X.Graph().From(n.ID())
		for it.Next() {
			visit(it.Node().(*G.Node))
		}
	}
	visit(y)
	for i, n := range g.nodes {
		if !reached[n] {
			return fmt.Errorf("the output does not depend on the parameter %q: take it away", g.params[i].name)
		}
	}
	return nil
}

// ownNet is an Architecture with the parameters that it was found to have.
type ownNet struct {
	*Architecture
	params []ownParam
}

func (o *ownNet) alloc() *Params {
	names, shapes := make([]string, len(o.params)), make([][]int, len(o.params))
	for i, p := range o.params {
		names[i], shapes[i] = p.name, p.shape
	}
	return newParams(names, shapes)
}

// init returns parameters drawn from the streams of the seed.
func (o *ownNet) init(seed uint64) *Params {
	p := o.alloc()
	for _, q := range o.params {
		if q.sd > 0 {
			p.normal(seed, q.name, q.sd)
		}
	}
	return p
}

// trial returns parameters none of which is 0.
func (o *ownNet) trial() *Params {
	p, r := o.alloc(), stream.New(1, "nn/trial")
	for _, a := range p.Arrays {
		for i := range a.Data {
			a.Data[i] = float32(r.NormFloat64()) * 0.3
		}
	}
	return p
}

// describe names the network and its parameters in saved states of training.
func (o *ownNet) describe() string {
	s := "network " + o.Name
	for _, p := range o.params {
		s += fmt.Sprintf(" %s%v", p.name, p.shape)
	}
	return s
}
