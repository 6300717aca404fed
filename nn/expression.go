package nn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
)

// Expression is a function of rows, R^d → R^m, that a Gorgonia graph defines and
// Gorgonia differentiates: the user's physics, in stock ops (NewExpression) or as
// formulas (ParseExpression). It is an sde.Operator with Pull and Push, for every guide
// of an observation; with m = 1 it is a reward too:
//
//	guide.Reward{A: e, Strength: 2}
//
// Apply runs the forward graph alone, Pull its backward graph, and Push that of the
// backward graph, which is linear in v: ∂/∂v ⟨u, A'(x)ᵀ v⟩ = A'(x) u. It is safe for
// concurrent use: each call takes a compiled machine from a free list. A graph is of
// BlockRows rows, and formulas allocate nothing per call.
//
// Rows must not mix in the expression; NewExpression tries it and refuses one in
// which they do.
type Expression struct {
	dim, out   int
	free       [3]freeList[expressionMachine] // by task
	transposed bool                           // Push is by m backward passes
}

// expressionTask is what a graph computes of a block.
type expressionTask int

const (
	valued expressionTask = iota // A(x)
	pulled                       // A'(x)ᵀ v
	pushed                       // A'(x) u
)

// expressionMachine is the graph of one task for BlockRows rows, in float64.
type expressionMachine struct {
	x, v, out []float64            // rows of the block; v is what is pulled or pushed, if anything
	whole     bool                 // run computes all rows, which must be filled
	run       func(rows int) error // computes the first rows
}

// newExpressionMachine returns the memory of a task.
func newExpressionMachine(task expressionTask, dim, out int) *expressionMachine {
	rows := func(width int) []float64 { return make([]float64, BlockRows*width) }
	switch task {
	case pulled:
		return &expressionMachine{x: rows(dim), v: rows(out), out: rows(dim)}
	case pushed:
		return &expressionMachine{x: rows(dim), v: rows(dim), out: rows(out)}
	}
	return &expressionMachine{x: rows(dim), out: rows(out)}
}

// NewExpression compiles an expression in stock ops: build receives the node of
// BlockRows×dim rows, in float64, and returns a node of BlockRows×m, or of BlockRows
// values. It is called once for each graph. Derivatives are those of Gorgonia's ops, not
// all of which have two: where it cannot differentiate the backward graph, or does so
// wrongly, Push takes m backward passes in its place.
func NewExpression(dim int, build func(x *G.Node) (*G.Node, error)) (*Expression, error) {
	if dim < 1 {
		return nil, fmt.Errorf("nn: an expression of rows of %d values", dim)
	}
	e := &Expression{dim: dim}
	for t := range e.free {
		e.free[t].build = func() (*expressionMachine, error) { return stockMachine(dim, build, expressionTask(t)) }
	}
	m, err := e.free[valued].take()
	if err != nil {
		return nil, err
	}
	e.out = len(m.out) / BlockRows
	e.free[valued].put(m)
	if m, err = e.free[pulled].take(); err != nil {
		return nil, err
	}
	e.free[pulled].put(m)
	if err := e.rowsStandAlone(); err != nil {
		return nil, err
	}
	e.transposed = e.out == 1 || e.tryPush() != nil
	return e, nil
}

// Dims returns d and m.
func (e *Expression) Dims() (d, m int) { return e.dim, e.out }

// Apply stores the values at the rows of x, n×d, in dst, n×m.
func (e *Expression) Apply(dst, x *mat.Dense) error { return e.run(valued, dst, x, nil) }

// Pull stores A'(x_i)ᵀ v_i in row i of dst; x and dst are n×d, v n×m.
func (e *Expression) Pull(dst, x, v *mat.Dense) error { return e.run(pulled, dst, x, v) }

// Push stores A'(x_i) u_i in row i of dst; x and u are n×d, dst n×m.
func (e *Expression) Push(dst, x, u *mat.Dense) error {
	if e.transposed {
		return e.pushByPulls(dst, x, u)
	}
	return e.run(pushed, dst, x, u)
}

// run evaluates the graph of a task block by block.
func (e *Expression) run(task expressionTask, dst, x, v *mat.Dense) error {
	rows, d := x.Dims()
	if d != e.dim {
		panic("nn: rows of another dimension than the expression's")
	}
	m, err := e.free[task].take()
	if err != nil {
		return err
	}
	defer e.free[task].put(m)
	width := len(m.out) / BlockRows
	for first := 0; first < rows; first += BlockRows {
		n := min(BlockRows, rows-first)
		filled := n
		if m.whole { // the last block is padded by its first row: it is defined there
			filled = BlockRows
		}
		for i := range filled {
			from := first
			if i < n {
				from += i
			}
			copy(m.x[i*d:(i+1)*d], x.RawRowView(from))
			if v != nil {
				k := len(m.v) / BlockRows
				copy(m.v[i*k:(i+1)*k], v.RawRowView(from))
			}
		}
		if err := m.run(n); err != nil {
			return fmt.Errorf("nn: expression: %w", err)
		}
		for i := range n {
			copy(dst.RawRowView(first+i), m.out[i*width:(i+1)*width])
		}
	}
	return nil
}
