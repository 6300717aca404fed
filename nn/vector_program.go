package nn

import (
	"fmt"
	"strings"

	G "gorgonia.org/gorgonia"
)

// compile returns the program of outs and the memory in which their values will stand.
// Besides ops of vectors the graph has sums of gradients, which gorgonia.Backpropagate
// adds as stock ops.
func (b *vectors) compile(outs G.Nodes) (*program[float64], [][]float64, error) {
	p := &program[float64]{}
	memory := map[*G.Node][]float64{}
	var visit func(n *G.Node) ([]float64, error)
	visit = func(n *G.Node) ([]float64, error) {
		if m, ok := b.bound[n]; ok {
			return m, nil
		}
		if m, ok := memory[n]; ok {
			return m, nil
		}
		o, kids, err := b.operation(n)
		if err != nil {
			return nil, err
		}
		in := make([][]float64, len(kids))
		for i, k := range kids {
			if in[i], err = visit(k); err != nil {
				return nil, err
			}
		}
		p.steps = append(p.steps, step[float64]{o, in})
		memory[n] = o.buf
		return o.buf, nil
	}
	list := make([][]float64, len(outs))
	for i, n := range outs {
		var err error
		if list[i], err = visit(n); err != nil {
			return nil, nil, err
		}
	}
	return p, list, nil
}

// operation is the op of a node and what it is applied to. A sum of two nodes may be
// one of a node and itself, of which the graph has one edge.
func (b *vectors) operation(n *G.Node) (*op[float64], G.Nodes, error) {
	if o, ok := n.Op().(*op[float64]); ok {
		return o, o.kids, nil
	}
	if n.Op() == nil || !strings.HasPrefix(n.Op().String(), "+ ") {
		return nil, nil, fmt.Errorf("nn: the graph of a formula has %v, which is not one of its ops", n.Op())
	}
	var kids G.Nodes
	for it := b.graph.From(n.ID()); it.Next(); {
		kids = append(kids, it.Node().(*G.Node))
	}
	if len(kids) == 1 {
		kids = append(kids, kids[0])
	}
	if len(kids) != 2 {
		return nil, nil, fmt.Errorf("nn: a sum of %d gradients", len(kids))
	}
	run := func(v [][]float64, out []float64) { addVectors(out, v[0], v[1]) }
	return &op[float64]{name: "sum", buf: make([]float64, BlockRows), run: run}, kids, nil
}
