package nn

import (
	"fmt"
	"strings"

	G "gorgonia.org/gorgonia"
)

// vectorProgram is a part of a graph of vectors in executable form: the ops that some
// outputs depend on, each after its arguments. It computes the first rows of a block
// alone, where the others are not asked for.
type vectorProgram []vectorStep

type vectorStep struct {
	run       kernelFunc
	out, a, b []float64 // b is a where there is one argument
}

func (p vectorProgram) run(rows int) {
	for i := range p {
		s := &p[i]
		s.run(s.out[:rows], s.a[:rows], s.b[:rows])
	}
}

// compile returns the program of outs and the memory in which their values will stand.
// Besides ops of vectors the graph has sums of gradients, which gorgonia.Backpropagate
// adds as stock ops.
func (b *vectors) compile(outs G.Nodes) (p vectorProgram, values [][]float64, err error) {
	memory := map[*G.Node][]float64{}
	var visit func(n *G.Node) ([]float64, error)
	visit = func(n *G.Node) ([]float64, error) {
		if m, ok := b.bound[n]; ok {
			return m, nil
		}
		if m, ok := memory[n]; ok {
			return m, nil
		}
		run, out, kids, err := b.operation(n)
		if err != nil {
			return nil, err
		}
		var in [2][]float64
		for i, k := range kids {
			if in[i], err = visit(k); err != nil {
				return nil, err
			}
		}
		if len(kids) == 1 {
			in[1] = in[0]
		}
		p, memory[n] = append(p, vectorStep{run, out, in[0], in[1]}), out
		return out, nil
	}
	for _, n := range outs {
		v, err := visit(n)
		if err != nil {
			return nil, nil, err
		}
		values = append(values, v)
	}
	return p, values, nil
}

// operation is the kernel of a node, its memory, and what it is applied to. A sum of two nodes may be
// one of a node and itself, of which the graph has one edge.
func (b *vectors) operation(n *G.Node) (run kernelFunc, out []float64, kids G.Nodes, err error) {
	if o, ok := n.Op().(*op[float64]); ok {
		return b.kernel[o], o.buf, o.kids, nil
	}
	if n.Op() == nil || !strings.HasPrefix(n.Op().String(), "+ ") {
		return nil, nil, nil, fmt.Errorf("nn: the graph of a formula has %v, which is not one of its ops", n.Op())
	}
	for it := b.graph.From(n.ID()); it.Next(); {
		kids = append(kids, it.Node().(*G.Node))
	}
	if len(kids) == 1 {
		kids = append(kids, kids[0])
	}
	if len(kids) != 2 {
		return nil, nil, nil, fmt.Errorf("nn: a sum of %d gradients", len(kids))
	}
	return addVectors, make([]float64, BlockRows), kids, nil
}
