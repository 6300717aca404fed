package nn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/formula"
)

// ParseExpression compiles formulas to an expression R^d → R^m of rows with the columns
// given, of which a formula may use some. Gorgonia differentiates the graph. With m = 1
// it is a reward:
//
//	e, err := nn.ParseExpression([]string{"x", "y"}, "sqrt(x^2 + y^2)")
//	term := guide.Reward{A: e, Strength: 2}
//
// A formula has numbers, columns (quoted if a name is more than letters, digits, _ and
// dots), + - * / ^, the functions abs, cos, exp, log, max, mean, min, sigmoid, sin, sqrt, sum,
// tanh, and the constants pi and e. Lines "name = …" before the last one name parts. Where
// a derivative jumps, it is the mean of both sides: 0 for abs at 0, ½ for min and max of
// equals. Errors name the place in the formula, and the names that there are. It
// errs for a formula without a column.
func ParseExpression(columns []string, formulas ...string) (*Expression, error) {
	if len(formulas) == 0 {
		return nil, fmt.Errorf("nn: no formula")
	}
	list, err := formula.Names{Vars: columns}.ParseAll(formulas...)
	if err != nil {
		return nil, err
	}
	return CompileFormulas(list...)
}

// CompileFormulas is ParseExpression for formulas of the same inputs that are parsed.
func CompileFormulas(list ...*formula.Formula) (*Expression, error) {
	for k, f := range list {
		if !f.UsesAny() {
			return nil, fmt.Errorf("formula %d is %v in every row: it has no column", k+1, f.Value(make([]float64, f.Inputs())))
		}
	}
	e := &Expression{dim: list[0].Inputs(), out: len(list)}
	for t := range e.free {
		e.free[t].build = func() (*expressionMachine, error) { return formulaMachine(list, expressionTask(t)) }
	}
	m, err := e.free[pulled].take()
	if err != nil {
		return nil, err
	}
	e.free[pulled].put(m)
	return e, nil
}

// formulaMachine compiles formulas for one task.
func formulaMachine(list []*formula.Formula, task expressionTask) (*expressionMachine, error) {
	graphs.Lock()
	defer graphs.Unlock()
	b, dim := newVectors(), list[0].Inputs()
	var xs inputColumns // of the columns that are used
	for j := range dim {
		for _, f := range list {
			if f.Uses(j) {
				xs.add(b, j, "x")
				break
			}
		}
	}
	outs, at, us, err := b.results(list, xs, task)
	if err != nil {
		return nil, err
	}
	m := newExpressionMachine(task, dim, len(list))
	p, values, err := b.compile(outs)
	if err != nil {
		return nil, err
	}
	m.run = func(rows int) error {
		xs.load(m.x, dim, rows)
		us.load(m.v, len(m.v)/BlockRows, rows)
		p.run(rows)
		width := len(m.out) / BlockRows
		for k, v := range values {
			for i, y := range v[:rows] {
				m.out[i*width+at[k]] = y
			}
		}
		return nil
	}
	return m, nil
}

// results adds what a task computes. It returns the nodes, where they go in a row, and the
// inputs beside xs.
func (b *vectors) results(list []*formula.Formula, xs inputColumns, task expressionTask) (outs G.Nodes, at []int, more inputColumns, err error) {
	if outs, err = b.formulas(list, xs); err != nil {
		return nil, nil, more, err
	}
	var vs inputColumns
	for k := range list {
		at = append(at, k)
		vs.add(b, k, "v")
	}
	if task == valued {
		return outs, at, more, nil
	}
	if outs, err = b.backward(outs, vs.nodes, xs.nodes); err != nil || task == pulled {
		return outs, xs.at, vs, err
	}
	for _, j := range xs.at {
		more.add(b, j, "u")
	}
	outs, err = b.backward(outs, more.nodes, vs.nodes) // A'(x)ᵀ v is linear in v, and its transpose is A'(x)
	return outs, at, more, err
}

// backward returns the gradients of Σ grads ⊙ outs by wrt, each a node of its own.
func (b *vectors) backward(outs, grads, wrt G.Nodes) (G.Nodes, error) {
	list, err := G.Backpropagate(outs, grads, wrt)
	if err != nil {
		return nil, fmt.Errorf("nn: differentiating the formula: %w", err)
	}
	for i, n := range list {
		if list[i], err = b.same(n); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// formulas adds the formulas to the graph, and returns the nodes of their values.
func (b *vectors) formulas(list []*formula.Formula, xs inputColumns) (outs G.Nodes, err error) {
	inputs := map[int]*G.Node{}
	for k, j := range xs.at {
		inputs[j] = xs.nodes[k]
	}
	for _, f := range list {
		nodes := make(G.Nodes, len(f.Nodes()))
		for i, n := range f.Nodes() {
			switch {
			case n.Op == formula.Const:
				nodes[i] = b.number(n.Value)
			case n.Op == formula.Var:
				nodes[i] = inputs[n.A]
			case n.Op.Unary():
				nodes[i], err = b.apply(n.Op, nodes[n.A])
			default:
				nodes[i], err = b.apply(n.Op, nodes[n.A], nodes[n.B])
			}
			if err != nil {
				return nil, err
			}
		}
		y, err := b.same(nodes[len(nodes)-1])
		if err != nil {
			return nil, err
		}
		outs = append(outs, y)
	}
	return outs, nil
}

// inputColumns are columns of rows as vectors of a graph.
type inputColumns struct {
	at    []int
	nodes G.Nodes
	mem   [][]float64
}

func (c *inputColumns) add(b *vectors, at int, name string) {
	n, mem := b.input(name)
	c.at, c.nodes, c.mem = append(c.at, at), append(c.nodes, n), append(c.mem, mem)
}

// load copies the columns of the first rows, of a width, of x.
func (c *inputColumns) load(x []float64, width, rows int) {
	for k, j := range c.at {
		mem := c.mem[k]
		for i := range rows {
			mem[i] = x[i*width+j]
		}
	}
}
