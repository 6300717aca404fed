package nn

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
	"tweedie/internal/numeric"
)

// stockMachine compiles an expression in stock ops for one task, to run on Gorgonia's
// tape machine.
func stockMachine(dim int, build func(x *G.Node) (*G.Node, error), task expressionTask) (*expressionMachine, error) {
	graphs.Lock()
	defer graphs.Unlock()
	g := G.NewGraph()
	input := func(name string, shape tensor.Shape) (*G.Node, []float64) {
		mem := make([]float64, shape.TotalSize())
		return G.NewTensor(g, tensor.Float64, len(shape), G.WithName(name), G.WithShape(shape...),
			G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(mem)))), mem
	}
	x, xs := input("x", tensor.Shape{BlockRows, dim})
	y, err := build(x)
	if err != nil {
		return nil, fmt.Errorf("nn: expression: %w", err)
	}
	s := y.Shape()
	if len(s) < 1 || len(s) > 2 || s[0] != BlockRows {
		return nil, fmt.Errorf("nn: expression: the result has shape %v, want one row for each of the %d rows of x", s, BlockRows)
	}
	m := newExpressionMachine(task, dim, s.TotalSize()/BlockRows)
	m.x, m.whole = xs, true
	result := y
	if task != valued {
		v, vs := input("v", s.Clone())
		if result, err = along(y, v, x); err != nil {
			return nil, fmt.Errorf("nn: expression: it cannot be differentiated: %w", err)
		}
		m.v = vs
		if task == pushed {
			for i := range vs { // the backward graph is linear in v: any will do
				vs[i] = 1
			}
			u, us := input("u", tensor.Shape{BlockRows, dim})
			if result, err = along(result, u, v); err != nil {
				return nil, fmt.Errorf("nn: expression: its derivative cannot be differentiated: %w", err)
			}
			m.v = us
		}
	}
	var value G.Value
	G.Read(result, &value)
	vm := G.NewTapeMachine(g)
	m.run = func(int) error {
		defer vm.Reset() // which drops the buffers
		if err := vm.RunAll(); err != nil {
			return err
		}
		copy(m.out, value.Data().([]float64))
		return nil
	}
	return m, nil
}

// along is the gradient of Σ y ⊙ v by the node by.
func along(y, v, by *G.Node) (*G.Node, error) {
	dot, err := G.HadamardProd(y, v)
	if err != nil {
		return nil, err
	}
	sum, err := G.Sum(dot)
	if err != nil {
		return nil, err
	}
	grads, err := G.Grad(sum, by)
	if err != nil {
		return nil, err
	}
	return grads[0], nil
}

// trialRows are rows that an expression is tried on.
func trialRows(d int) *mat.Dense {
	x := mat.NewDense(BlockRows, d, nil)
	for i := range BlockRows {
		for j := range d {
			x.Set(i, j, 0.3+float64(0.01*float64(i%7))+float64(0.1*float64(j)))
		}
	}
	return x
}

// rowsStandAlone errs if a row of the result depends on another row of x.
func (e *Expression) rowsStandAlone() error {
	x := trialRows(e.dim)
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

// tryPush errs unless there is a Push that is the transpose of Pull.
func (e *Expression) tryPush() (err error) {
	defer func() { // ops without a second derivative may panic
		if r := recover(); r != nil {
			err = fmt.Errorf("nn: expression: its derivative cannot be differentiated: %v", r)
		}
	}()
	m, err := e.free[pushed].take()
	if err != nil {
		return err
	}
	e.free[pushed].put(m)
	x, u, v := trialRows(e.dim), mat.NewDense(BlockRows, e.dim, nil), mat.NewDense(BlockRows, e.out, nil)
	u.Apply(func(i, j int, _ float64) float64 { return math.Sin(float64(1 + 3*i + 5*j)) }, u)
	v.Apply(func(i, j int, _ float64) float64 { return math.Cos(float64(2 + 7*i + 3*j)) }, v)
	ju, jv := mat.NewDense(BlockRows, e.out, nil), mat.NewDense(BlockRows, e.dim, nil)
	if err := e.run(pushed, ju, x, u); err != nil {
		return err
	}
	if err := e.Pull(jv, x, v); err != nil {
		return err
	}
	for i := range BlockRows {
		a, b := mat.Dot(ju.RowView(i), v.RowView(i)), mat.Dot(jv.RowView(i), u.RowView(i))
		if math.Abs(a-b) > 1e-8*(1+math.Abs(a)) {
			return fmt.Errorf("nn: expression: Gorgonia's derivative of its derivative is wrong (%g where the transpose gives %g)", a, b)
		}
	}
	return nil
}

// pushByPulls is Push by the rows of A'(x).
func (e *Expression) pushByPulls(dst, x, u *mat.Dense) error {
	n, _ := x.Dims()
	v, row := mat.NewDense(n, e.out, nil), mat.NewDense(n, e.dim, nil)
	for k := range e.out {
		v.Zero()
		for i := range n {
			v.Set(i, k, 1)
		}
		if err := e.Pull(row, x, v); err != nil {
			return err
		}
		for i := range n {
			dst.Set(i, k, numeric.Dot(row.RawRowView(i), u.RawRowView(i)))
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
