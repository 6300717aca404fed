package nn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// own32 is what machines of networks of one's own are made of.
type own32 = machine[float32]

// newOwnMachine is newMachine for a network of one's own: the graph of stock ops and of
// the cost, which is a fused op as for the MLP, run by Gorgonia's tape machine. A tape
// machine runs all of its graph. So a pulling machine has two: one of the forward pass
// alone, and one of everything, which repeats the forward pass.
func newOwnMachine(in *inputs, p *Params, what task) (*own32, error) {
	graphs.Lock()
	defer graphs.Unlock()
	net := in.Net
	m := &own32{x: make([]float32, BlockRows*net.in()), f: make([]float32, BlockRows*net.Feat), out: make([]float32, BlockRows*net.out())}
	m.fwd.other = func() {} // of a training machine, which runs everything at once
	if what == pulling {
		g, err := newOwnGraph(m, in, p)
		if err != nil {
			return nil, err
		}
		m.fwd.other = onTape(m, g, ownResult{g.y, func() []float32 { return m.out }, nil})
	}
	return m, ownBackward(m, in, p, what)
}

// ownGraph is a graph with its output.
type ownGraph struct {
	*Graph
	y *G.Node
}

// matrix is a node of BlockRows rows over memory.
func matrix(g *G.ExprGraph, name string, cols int, mem []float32) *G.Node {
	return G.NewMatrix(g, tensor.Float32, G.WithName(name), G.WithShape(BlockRows, cols),
		G.WithValue(tensor.New(tensor.WithShape(BlockRows, cols), tensor.WithBacking(mem))))
}

// newOwnGraph builds the network over the inputs of m and parameters p, which are nil to
// find out what they are.
func newOwnGraph(m *own32, in *inputs, p *Params) (ownGraph, error) {
	e := G.NewGraph()
	g := &Graph{dim: in.Net.Dim, width: in.Net.in(), feat: in.Net.Feat, known: map[*G.Node]string{}, at: p}
	g.X, g.F = matrix(e, "x", g.width, m.x), matrix(e, "f", g.feat, m.f)
	g.known[g.X], g.known[g.F] = "x", "f"
	y, err := in.own.build(g)
	return ownGraph{g, y}, err
}

// ownBackward makes the backward pass of m that of the task.
func ownBackward(m *own32, in *inputs, p *Params, what task) error {
	g, err := newOwnGraph(m, in, p)
	if err != nil {
		return err
	}
	if err := g.dependence(g.y); err != nil {
		return fmt.Errorf("nn: the network %q: %w", in.own.Name, err)
	}
	e, d := g.X.Graph(), in.Net.out()
	input := func(name string, mem *[]float32) *G.Node {
		*mem = make([]float32, BlockRows*d)
		return matrix(e, name, d, *mem)
	}
	var cost *G.Node
	wrt := g.nodes
	switch {
	case what == pulling:
		wrt, m.gx = G.Nodes{g.X}, make([]float32, BlockRows*in.Net.in())
		cost, err = inner(&m.memory, g.y, input("v", &m.v))
	case len(in.Cats) > 0:
		cost, err = mixedError(&m.memory, in.Cats, g.y, input("target", &m.r), input("weight", &m.w))
	default:
		cost, err = squaredError(&m.memory, g.y, input("target", &m.r), input("weight", &m.w))
	}
	if err != nil {
		return err
	}
	m.cost = cost.Op().(*op[float32]).buf
	grads, err := G.Grad(cost, wrt...)
	if err != nil {
		return fmt.Errorf("nn: the network %q cannot be differentiated: %w", in.own.Name, err)
	}
	results := make([]ownResult, len(grads))
	for i, n := range grads {
		if what == pulling {
			results[i] = ownResult{n, func() []float32 { return m.gx }, nil}
			continue
		}
		at := &p.Arrays[i]
		results[i] = ownResult{n, func() []float32 { return m.grad[at.At : at.At+len(at.Data)] }, &m.acc}
	}
	m.bwd.other = onTape(m, g, results...)
	return nil
}

// ownResult is a node whose value goes to memory, where it is added if *acc.
type ownResult struct {
	n   *G.Node
	to  func() []float32
	acc *bool
}

// onTape returns what runs the graph on Gorgonia's tape machine, and stores results. An
// error is kept on m, whose results are then not a number.
//
// The machine is reset after each run, which drops its buffers: values are copied before.
// Derivatives are nodes of the graph, so that nothing accumulates between runs.
func onTape(m *own32, g ownGraph, results ...ownResult) func() {
	values := make([]G.Value, len(results))
	for i, r := range results {
		G.Read(r.n, &values[i])
	}
	vm := G.NewTapeMachine(g.X.Graph())
	return func() {
		err := runTape(vm)
		for i, r := range results {
			to := r.to()
			var from []float32
			if err == nil {
				from, err = slice[float32](values[i])
			}
			if err == nil && len(from) != len(to) {
				err = fmt.Errorf("a result of %d values in place of %d", len(from), len(to))
			}
			switch {
			case err != nil:
				fillNaN(to)
			case r.acc != nil && *r.acc:
				for j, v := range from {
					to[j] += v
				}
			default:
				copy(to, from)
			}
		}
		if err != nil {
			fillNaN(m.cost)
			err = fmt.Errorf("nn: running the network: %w", err)
		}
		m.err = err
		vm.Reset()
	}
}

// runTape runs a machine. Ops of Gorgonia panic where they might err.
func runTape(vm G.VM) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return vm.RunAll()
}

func fillNaN(s []float32) {
	var zero float32
	for i := range s {
		s[i] = zero / zero
	}
}
