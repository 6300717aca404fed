package nn

import (
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/kernel"
)

// Block is the number of rows of a compiled graph. Every batch is cut into
// blocks of this many rows (the last one padded), so one graph serves every
// batch size and the working set stays in cache. It is a constant of the
// format: results do not depend on it bit for bit only because nobody can
// change it.
const Block = 128

// graphs serialises the building of Gorgonia graphs: constants and counters of
// that package are shared by all graphs.
var graphs sync.Mutex

// machine is a compiled network for one micro-batch: input buffers, the
// program of the forward pass, and one of a backward pass. A machine is used
// by one goroutine at a time; its parameters may be shared.
type machine[T kernel.Float] struct {
	memory[T]
	x, f  []T // Block×Dim, Block×Feat
	out   []T // Block×Out
	fwd   program[T]
	bwd   program[T]
	v, gx []T     // vector–Jacobian machines: cotangent of out, gradient of x
	r, w  []T     // training machines: target and weights of the cost
	cost  []T     // training machines
	gen   uint64  // of the last forward pass, see Model.Linearize
	prep  scratch // of the rows being prepared
}

// newMachine builds the graph. With train set the backward pass gives the
// gradient of the weighted squared error in the parameters; without, the
// vector–Jacobian product in x.
func newMachine[T kernel.Float](a MLP, p *Params, flat []T, train bool) (*machine[T], error) {
	graphs.Lock()
	defer graphs.Unlock()
	m := &machine[T]{}
	g, dt := G.NewGraph(), dtype[T]()
	bound := map[*G.Node][]T{}
	input := func(name string, cols int) (*G.Node, []T) {
		n := G.NewMatrix(g, dt, G.WithName(name), G.WithShape(Block, cols))
		bound[n] = make([]T, Block*cols)
		return n, bound[n]
	}
	x, mx := input("x", a.Dim)
	f, mf := input("f", a.Feat)
	m.x, m.f = mx, mf
	y, wrt, err := build(a, Block, p, flat, &m.memory, x, f, bound)
	if err != nil {
		return nil, err
	}
	m.out = y.Op().(*op[T]).buf
	done := map[*op[T]]bool{}
	var cost *G.Node
	var outs G.Nodes
	if train {
		r, mr := input("target", a.out())
		w, mw := input("weight", a.out())
		m.r, m.w = mr, mw
		if cost, err = squaredError(&m.memory, y, r, w); err != nil {
			return nil, err
		}
		m.cost = cost.Op().(*op[T]).buf
		outs = G.Nodes{cost}
	} else {
		v, mv := input("v", a.out())
		m.v = mv
		if cost, err = inner(&m.memory, y, v); err != nil {
			return nil, err
		}
		wrt, outs = G.Nodes{x}, G.Nodes{y}
	}
	grads, err := G.Grad(cost, wrt...)
	if err != nil {
		return nil, fmt.Errorf("nn: differentiating the network: %w", err)
	}
	fwd, err := compile(g, bound, done, outs...)
	if err != nil {
		return nil, err
	}
	bwd, err := compile(g, bound, done, grads...)
	if err != nil {
		return nil, err
	}
	m.fwd, m.bwd = *fwd, *bwd
	if !train {
		m.gx = grads[0].Op().(*op[T]).buf
	}
	return m, nil
}
