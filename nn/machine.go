package nn

import (
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/kernel"
)

// BlockRows is the number of rows of a compiled graph. Every batch is cut into
// blocks of this many rows (the last one padded), so one graph serves every
// batch size and the working set stays in cache. It is a constant, because
// sums over the rows of a block, and so the bits of a training run, depend on it.
const BlockRows = 128

// graphs serializes the building of graphs, for Gorgonia has global constants and counters.
var graphs sync.Mutex

// machine is a compiled network for one micro-batch: input buffers, the
// program of the forward pass, and one of a backward pass. A machine is used
// by one goroutine at a time; its parameters may be shared.
type machine[T kernel.Float] struct {
	memory[T]
	x, f  []T               // Block×(Dim+Fourier), Block×Feat
	enc   *encoderInputs[T] // training machines of models with an Encoder, which makes the last features
	out   []T               // Block×Out
	fwd   program[T]
	bwd   program[T]
	v, gx []T       // pulling machines: cotangent of out, gradient of x
	r, w  []T       // training machines: target (of regression) and weights of the cost
	cost  []T       // training machines
	whole []bool    // rows without dropout: see UnitDropout.ConditionalOnly
	known []bool    // positions of the block that are given, of models that can be
	p     []float64 // posteriors of the categories of the block, in their positions
	own   []float64 // the same from these positions alone (F = 0), an input of the network
	soft  softmaxes // of their computation
	null  []float32 // features of an encoder that nothing is given
	gen   uint64    // of the last forward pass, see Model.Linearize
	prep  scratch   // of the rows being prepared
	err   error     // of the last run, of networks of one's own
}

// task is what the backward pass of a machine is for.
type task int

const (
	pulling     task = iota // the vector–Jacobian product in x
	regressing              // the gradient of squaredError, or mixedError, in the parameters
	classifying             // the gradient of crossEntropy in the parameters
	valuing                 // the gradient of gaussianError in the parameters
)

// newMachine builds the graph of a network over parameter memory flat, laid
// out as p is. cats are the categories of the rows that are regressed on.
func newMachine[T kernel.Float](a MLP, p *Params, flat []T, what task, cats ...Category) (*machine[T], error) {
	graphs.Lock()
	defer graphs.Unlock()
	m := &machine[T]{}
	g, dt := G.NewGraph(), dtype[T]()
	bound := map[*G.Node][]T{}
	input := func(name string, cols int, mem *[]T) *G.Node {
		n := G.NewMatrix(g, dt, G.WithName(name), G.WithShape(BlockRows, cols))
		*mem = make([]T, BlockRows*cols)
		bound[n] = *mem
		return n
	}
	x, f := input("x", a.in(), &m.x), input("f", a.Feat, &m.f)
	b := &builder[T]{p: p, flat: flat, m: &m.memory, bound: bound}
	var e *G.Node
	if what == regressing && !a.Encoder.none() {
		var err error
		if m.enc, e, err = buildEncoder(a.Encoder, b, g); err != nil {
			return nil, err
		}
	}
	y, err := build(a, b, x, f, e)
	if err != nil {
		return nil, err
	}
	wrt := b.wrt
	m.out = y.Op().(*op[T]).buf
	var cost *G.Node
	first := y // what the forward pass computes
	switch what {
	case pulling:
		wrt = G.Nodes{x}
		cost, err = inner(&m.memory, y, input("v", a.out(), &m.v))
	case regressing:
		r, w := input("target", a.out(), &m.r), input("weight", a.out(), &m.w)
		if len(cats) > 0 {
			cost, err = mixedError(&m.memory, cats, y, r, w)
		} else {
			cost, err = squaredError(&m.memory, y, r, w)
		}
		first = cost
	case valuing:
		cost, err = gaussianError(&m.memory, y, input("value", 1, &m.r), input("weight", 1, &m.w))
		first = cost
	case classifying:
		cost, err = crossEntropy(&m.memory, y, input("weight", a.out(), &m.w))
		first = cost
	}
	if err != nil {
		return nil, err
	}
	m.cost = cost.Op().(*op[T]).buf
	grads, err := G.Grad(cost, wrt...)
	if err != nil {
		return nil, fmt.Errorf("nn: differentiating the network: %w", err)
	}
	if what == pulling {
		m.gx = grads[0].Op().(*op[T]).buf
	}
	done := map[*op[T]]bool{}
	if err := m.fwd.compile(g, bound, done, first); err != nil {
		return nil, err
	}
	return m, m.bwd.compile(g, bound, done, grads...)
}
