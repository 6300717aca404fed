package onnx

import (
	"fmt"
	"slices"
)

// Run computes the outputs for inputs by name. Numbers are rounded to the type of the graph
// after each operation. It errs for an input that is missing or has another shape, and for
// an operator that this module does not write.
func (m *Model) Run(inputs map[string]*Tensor) (map[string]*Tensor, error) {
	at := map[string]*Tensor{}
	for i := range m.Initializers {
		at[m.Initializers[i].Name] = &m.Initializers[i]
	}
	for _, v := range m.Inputs {
		t := inputs[v.Name]
		if t == nil {
			return nil, fmt.Errorf("onnx: the input %q is missing", v.Name)
		}
		if !v.takes(t) {
			return nil, fmt.Errorf("onnx: the input %q has the sizes %v: want %v", v.Name, t.Dims, v.Dims)
		}
		at[v.Name] = (&Tensor{v.Name, v.Type, t.Dims, slices.Clone(t.Data)}).rounded()
	}
	for i := range m.Nodes {
		n := &m.Nodes[i]
		in := make([]*Tensor, len(n.In))
		for k, name := range n.In {
			if in[k] = at[name]; in[k] == nil {
				return nil, fmt.Errorf("onnx: node %q reads %q before it is there", n.Out[0], name)
			}
		}
		out, err := n.run(in)
		if err != nil {
			return nil, fmt.Errorf("onnx: node %q, %s: %w", n.Out[0], n.Op, err)
		}
		for k, name := range n.Out {
			at[name] = out[k].rounded()
		}
	}
	out := map[string]*Tensor{}
	for _, v := range m.Outputs {
		if out[v.Name] = at[v.Name]; out[v.Name] == nil {
			return nil, fmt.Errorf("onnx: nothing computes the output %q", v.Name)
		}
	}
	return out, nil
}

// takes reports whether a tensor has the sizes of v.
func (v *Value) takes(t *Tensor) bool {
	return slices.EqualFunc(v.Dims, t.Dims, func(d Dim, n int) bool { return d.Name != "" || d.Size == n })
}

func (t *Tensor) rounded() *Tensor {
	if t.Type == Float {
		for i, v := range t.Data {
			t.Data[i] = float64(float32(v))
		}
	}
	return t
}

// attr is a whole number of the settings.
func (n *Node) attr(name string, def int64) int64 {
	for _, a := range n.Attrs {
		if a.Name == name && len(a.Ints) > 0 {
			return a.Ints[0]
		}
	}
	return def
}
