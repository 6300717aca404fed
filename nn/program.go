package nn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/kernel"
)

// program is a part of a Gorgonia graph in executable form: the ops that some
// outputs depend on, in Gorgonia's own topological order, with their memory
// bound. Running it is a walk over the list on the calling goroutine.
type program[T kernel.Float] struct{ steps []step[T] }

type step[T kernel.Float] struct {
	op *op[T]
	in [][]T
}

func (p *program[T]) run() {
	for i := range p.steps {
		s := &p.steps[i]
		s.op.run(s.in, s.op.out())
	}
}

// compile makes p the program of outs. Ops in done have run before (they
// belong to an earlier part of the same graph); those of p are added.
func (p *program[T]) compile(g *G.ExprGraph, bound map[*G.Node][]T, done map[*op[T]]bool, outs ...*G.Node) error {
	need := map[*op[T]]bool{}
	var visit func(n *G.Node)
	visit = func(n *G.Node) {
		o, ok := n.Op().(*op[T])
		if !ok || need[o] || done[o] {
			return
		}
		need[o] = true
		for _, k := range o.kids {
			visit(k)
		}
	}
	for _, n := range outs {
		visit(n)
	}
	sorted, err := G.Sort(g)
	if err != nil {
		return fmt.Errorf("nn: %w", err)
	}
	for i := len(sorted) - 1; i >= 0; i-- { // Sort lists dependents first
		o, ok := sorted[i].Op().(*op[T])
		if !ok || !need[o] {
			continue
		}
		in := make([][]T, len(o.kids))
		for j, k := range o.kids {
			if in[j], err = operand(k, bound); err != nil {
				return fmt.Errorf("nn: %s, input %d: %w", o.name, j, err)
			}
		}
		p.steps = append(p.steps, step[T]{o, in})
		done[o] = true
	}
	return nil
}

// operand is the memory in which a node's value will stand.
func operand[T kernel.Float](n *G.Node, bound map[*G.Node][]T) ([]T, error) {
	if s, ok := bound[n]; ok {
		return s, nil
	}
	switch o := n.Op().(type) {
	case *op[T]:
		if o.dst != nil {
			return nil, fmt.Errorf("a parameter gradient is not an operand")
		}
		return o.buf, nil
	case nil:
		return nil, fmt.Errorf("input %s is not bound", n.Name())
	default:
		if v := n.Value(); v != nil { // the constant seed of a gradient
			return slice[T](v)
		}
		return nil, fmt.Errorf("stock op %s has no memory of its own", n.Op())
	}
}
