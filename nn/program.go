package nn

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"tweedie/internal/kernel"
)

// program is a part of a Gorgonia graph in executable form: the ops that some
// outputs depend on, in Gorgonia's own topological order, with their memory
// bound. Running it is a walk over the list on the calling goroutine.
type program[T kernel.Float] struct {
	steps []step[T]
	other func() // instead of steps: a machine of Gorgonia, see ownmachine.go
}

type step[T kernel.Float] struct {
	op *op[T]
	in [][]T
}

func (p *program[T]) run() {
	if p.other != nil {
		p.other()
		return
	}
	for i := range p.steps {
		s := &p.steps[i]
		s.op.run(s.in, s.op.out())
	}
}

// compile makes p the program of outs. Ops in done have run before (they
// belong to an earlier part of the same graph); those of p are added. The first
// part keeps all that it computes, for the parts after it; in those, ops share
// memory.
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
	var ops []*op[T]
	for i := len(sorted) - 1; i >= 0; i-- { // Sort lists dependents first
		if o, ok := sorted[i].Op().(*op[T]); ok && need[o] {
			ops = append(ops, o)
		}
	}
	if len(done) > 0 {
		share(ops, outs)
	}
	for _, o := range ops {
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

// share lets ops, in their order, write where the output of an earlier one
// stands that no op after them reads: less memory for the caches to hold.
// What was computed before, and outs, keep their own.
func share[T kernel.Float](ops []*op[T], outs []*G.Node) {
	last := map[*op[T]]int{} // of the outputs that may be replaced: who reads them last
	for i, o := range ops {
		if o.dst == nil {
			last[o] = i
		}
	}
	for _, n := range outs {
		if o, ok := n.Op().(*op[T]); ok {
			delete(last, o)
		}
	}
	for i, o := range ops {
		for _, k := range o.kids {
			if k, ok := k.Op().(*op[T]); ok {
				if _, ok := last[k]; ok {
					last[k] = i
				}
			}
		}
	}
	free := map[int][][]T{} // by length
	for i, o := range ops {
		_, shares := last[o]
		var ended [][]T
		for j, n := range o.kids {
			k, ok := n.Op().(*op[T])
			if l, mine := last[k]; !ok || !mine || l != i {
				continue
			}
			delete(last, k)
			if shares && j+1 == o.over && len(k.buf) == len(o.buf) {
				o.buf, shares = k.buf, false
			} else {
				ended = append(ended, k.buf)
			}
		}
		if f := free[len(o.buf)]; shares && len(f) > 0 {
			o.buf, free[len(o.buf)] = f[len(f)-1], f[:len(f)-1]
		}
		for _, b := range ended { // only now: o reads them while it writes
			free[len(b)] = append(free[len(b)], b)
		}
	}
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
