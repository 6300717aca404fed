package nn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Expression is a function of rows, R^d → R^m, that a Gorgonia expression in
// stock ops defines: the user's physics, which gorgonia.Grad differentiates. It
// has the methods of an observation operator with a gradient (package guide),
// and with m = 1 it serves as a reward. It is safe for concurrent use: each call
// takes a compiled machine from a free list.
//
// Rows must not mix in the expression; NewExpression tries it and refuses one in
// which they do.
type Expression struct {
	dim, out int
	build    func(x *G.Node) (*G.Node, error)
	free     freeList[expressionMachine]
}

// expressionMachine is the graph for BlockRows rows, in float64.
type expressionMachine struct {
	vm         G.VM
	x, v       *G.Node
	xs, vs     []float64 // their memory
	y, gx      G.Value
	dim, width int
}

// NewExpression compiles an expression: build receives the node of BlockRows×dim
// rows, in float64, and returns a node of BlockRows×m, or of BlockRows values.
func NewExpression(dim int, build func(x *G.Node) (*G.Node, error)) (*Expression, error) {
	if dim < 1 {
		return nil, fmt.Errorf("nn: an expression of rows of %d values", dim)
	}
	e := &Expression{dim: dim, build: build}
	e.free.build = e.machine
	m, err := e.free.take()
	if err != nil {
		return nil, err
	}
	e.out = m.width
	e.free.put(m)
	return e, e.rowsStandAlone()
}

func (e *Expression) machine() (*expressionMachine, error) {
	graphs.Lock()
	defer graphs.Unlock()
	m := &expressionMachine{dim: e.dim}
	g := G.NewGraph()
	input := func(name string, shape tensor.Shape, mem *[]float64) *G.Node {
		*mem = make([]float64, shape.TotalSize())
		return G.NewTensor(g, tensor.Float64, len(shape), G.WithName(name), G.WithShape(shape...),
			G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(*mem))))
	}
	m.x = input("x", tensor.Shape{BlockRows, e.dim}, &m.xs)
	y, err := e.build(m.x)
	if err != nil {
		return nil, fmt.Errorf("nn: expression: %w", err)
	}
	s := y.Shape()
	if len(s) < 1 || len(s) > 2 || s[0] != BlockRows {
		return nil, fmt.Errorf("nn: expression: the result has shape %v, want one row for each of the %d rows of x", s, BlockRows)
	}
	m.width = s.TotalSize() / BlockRows
	m.v = input("v", s.Clone(), &m.vs)
	dot, err := G.HadamardProd(y, m.v)
	if err != nil {
		return nil, fmt.Errorf("nn: expression: %w", err)
	}
	sum, err := G.Sum(dot)
	if err != nil {
		return nil, fmt.Errorf("nn: expression: %w", err)
	}
	grads, err := G.Grad(sum, m.x)
	if err != nil {
		return nil, fmt.Errorf("nn: expression: it cannot be differentiated: %w", err)
	}
	G.Read(y, &m.y)
	G.Read(grads[0], &m.gx)
	m.vm = G.NewTapeMachine(g)
	return m, nil
}

// rowsStandAlone errs if a row of the result depends on another row of x.
func (e *Expression) rowsStandAlone() error {
	x := mat.NewDense(BlockRows, e.dim, nil)
	for i := range BlockRows {
		for j := range e.dim {
			x.Set(i, j, 0.3+0.01*float64(i%7)+0.1*float64(j))
		}
	}
	a, b := mat.NewDense(BlockRows, e.out, nil), mat.NewDense(BlockRows, e.out, nil)
	if err := e.Apply(a, x); err != nil {
		return err
	}
	x.Set(1, 0, x.At(1, 0)+0.05)
	if err := e.Apply(b, x); err != nil {
		return err
	}
	for i := range BlockRows {
		if i != 1 && !sameNumbers(a.RawRowView(i), b.RawRowView(i)) {
			return fmt.Errorf("nn: expression: row %d of the result depends on row 1 of x: sum and normalize along axis 1 only", i)
		}
	}
	return nil
}

// sameNumbers treats NaN as equal to itself.
func sameNumbers(a, b []float64) bool {
	for i, v := range a {
		if v != b[i] && (v == v || b[i] == b[i]) {
			return false
		}
	}
	return true
}

// Dims returns d and m.
func (e *Expression) Dims() (d, m int) { return e.dim, e.out }

// Apply stores the values at the rows of x, n×d, in dst, n×m.
func (e *Expression) Apply(dst, x *mat.Dense) error {
	return e.run(x, nil, func(m *expressionMachine, first, n int) {
		y := m.y.Data().([]float64)
		for i := range n {
			dst.SetRow(first+i, y[i*e.out:(i+1)*e.out])
		}
	})
}

// Pull stores A'(x_i)ᵀ v_i in row i of dst; x and dst are n×d, v n×m.
func (e *Expression) Pull(dst, x, v *mat.Dense) error {
	return e.run(x, v, func(m *expressionMachine, first, n int) {
		g := m.gx.Data().([]float64)
		for i := range n {
			dst.SetRow(first+i, g[i*e.dim:(i+1)*e.dim])
		}
	})
}

// run evaluates the graph block by block, and shows each to take.
func (e *Expression) run(x, v *mat.Dense, take func(m *expressionMachine, first, n int)) error {
	rows, d := x.Dims()
	if d != e.dim {
		panic("nn: rows of another dimension than the expression's")
	}
	m, err := e.free.take()
	if err != nil {
		return err
	}
	defer e.free.put(m)
	for first := 0; first < rows; first += BlockRows {
		n := min(BlockRows, rows-first)
		for i := range BlockRows { // the last block is padded by its first row: it is defined there
			from := first
			if i < n {
				from += i
			}
			copy(m.xs[i*d:(i+1)*d], x.RawRowView(from))
			if v != nil {
				copy(m.vs[i*e.out:(i+1)*e.out], v.RawRowView(from))
			}
		}
		if err := m.vm.RunAll(); err != nil {
			m.vm.Reset()
			return fmt.Errorf("nn: expression: %w", err)
		}
		take(m, first, n)
		m.vm.Reset()
	}
	return nil
}
