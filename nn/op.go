package nn

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/kernel"
)

// op is a Gorgonia operation that owns its output buffer, so that running it
// allocates nothing. Gorgonia sees an ordinary SDOp: it checks types and
// shapes, differentiates through sym, and any of its machines can execute it
// by Do. Our own program calls run on raw slices instead (docs/adr/0003).
//
// No op spans more than one layer of a network.
type op[T kernel.Float] struct {
	name  string
	id    int          // unique in its graph: two ops with equal inputs are never merged
	in    int          // number of inputs, all matrices but those marked in scalarIn
	seed  bool         // the last input is a scalar (the gradient of a cost)
	shape tensor.Shape // of the output; a scalar if empty
	diff  []bool       // which inputs have a gradient
	kids  G.Nodes      // the inputs, recorded when the op is applied

	buf  []T // the output, unless dst says otherwise; see program.share
	over int // the input, counted from 1, that buf may replace; 0 if none
	dst  func() []T
	run  func(in [][]T, out []T)
	sym  func(in G.Nodes, out, grad *G.Node) (G.Nodes, error)

	dense *tensor.Dense // buf as a Gorgonia value, made when Do first needs it
}

func dtype[T kernel.Float]() tensor.Dtype {
	if _, ok := any(T(0)).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

// apply adds the op to the graph of its inputs.
func (o *op[T]) apply(in ...*G.Node) (*G.Node, error) {
	o.in, o.kids = len(in), in
	n, err := G.ApplyOp(o, in...)
	if err != nil {
		return nil, fmt.Errorf("nn: %s: %w", o.name, err)
	}
	return n, nil
}

func (o *op[T]) out() []T {
	if o.dst != nil {
		return o.dst()
	}
	return o.buf
}

func (o *op[T]) Arity() int           { return o.in }
func (o *op[T]) ReturnsPtr() bool     { return false }
func (o *op[T]) CallsExtern() bool    { return false }
func (o *op[T]) OverwritesInput() int { return -1 }
func (o *op[T]) String() string       { return fmt.Sprintf("%s#%d", o.name, o.id) }
func (o *op[T]) WriteHash(h hash.Hash) {
	fmt.Fprint(h, o.String())
}

func (o *op[T]) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o *op[T]) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.shape, nil }

// Type is matrix → … → matrix, or → scalar for a cost.
func (o *op[T]) Type() hm.Type {
	dt := dtype[T]()
	m := G.TensorType{Dims: 2, Of: dt}
	t := make([]hm.Type, o.in+1)
	for i := range t {
		t[i] = m
	}
	if o.seed {
		t[o.in-1] = dt
	}
	if len(o.shape) == 0 {
		t[o.in] = dt
	}
	return hm.NewFnType(t...)
}

func (o *op[T]) DiffWRT(int) []bool {
	if o.diff == nil {
		return make([]bool, o.in)
	}
	return o.diff
}

func (o *op[T]) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	if o.sym == nil {
		return nil, fmt.Errorf("nn: %s has no second derivative", o.name)
	}
	return o.sym(in, out, grad)
}

// Do runs the op on Gorgonia values.
func (o *op[T]) Do(values ...G.Value) (G.Value, error) {
	in := make([][]T, len(values))
	for i, v := range values {
		s, err := slice[T](v)
		if err != nil {
			return nil, fmt.Errorf("nn: %s, input %d: %w", o.name, i, err)
		}
		in[i] = s
	}
	out := o.out()
	o.run(in, out)
	if len(o.shape) == 0 {
		if f, ok := any(out[0]).(float32); ok {
			return G.NewF32(f), nil
		}
		return G.NewF64(float64(out[0])), nil
	}
	if o.dense == nil || o.dst != nil {
		o.dense = tensor.New(tensor.WithShape(o.shape...), tensor.WithBacking(out))
	}
	return o.dense, nil
}

// slice is the memory of a value: its backing array, or a copy of a scalar. That of a
// view whose elements are not in order is a copy.
func slice[T kernel.Float](v G.Value) ([]T, error) {
	if d, ok := v.(*tensor.Dense); ok && d.RequiresIterator() {
		v = d.Materialize().(*tensor.Dense)
	}
	switch d := v.Data().(type) {
	case []T:
		return d, nil
	case T:
		return []T{d}, nil
	default:
		return nil, fmt.Errorf("value of type %T, want %v", d, dtype[T]())
	}
}
