package onnx

import (
	"cmp"
	"context"
	"encoding/json"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Examples are inputs of a graph and what the model itself, not the graph, makes of them: by
// them a runtime is checked. Arrays are matrices by the names of the graph.
type Examples struct {
	Inputs  map[string]*mat.Dense
	Outputs map[string]*mat.Dense
	Header  []string   // of the sampler of a table: its columns
	Cells   [][]string // and the rows of the output decoded
}

// Gap runs a graph by Run, and returns the largest difference from the outputs, relative to the
// largest number of an output. It errs as Run does, and when ctx is done.
func (x *Examples) Gap(ctx context.Context, g *Model) (float64, error) {
	in := map[string]*Tensor{}
	for name, v := range x.Inputs {
		n, d := v.Dims()
		in[name] = &Tensor{Dims: []int{n, d}, Data: v.RawMatrix().Data}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	out, err := g.Run(in)
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return 0, err
	}
	gap := 0.0
	for name, want := range x.Outputs {
		size, most := 0.0, 0.0
		for i, v := range want.RawMatrix().Data {
			size, most = max(size, math.Abs(v)), max(most, math.Abs(v-out[name].Data[i]))
		}
		gap = max(gap, most/max(size, math.SmallestNonzeroFloat64))
	}
	return gap, nil
}

// JSON is the examples as a file has them: null for NaN.
func (x *Examples) JSON() ([]byte, error) {
	rows := func(of map[string]*mat.Dense) map[string][][]any {
		all := map[string][][]any{}
		for name, m := range of {
			n, d := m.Dims()
			list := make([][]any, n)
			for i := range list {
				list[i] = make([]any, d)
				for j := range list[i] {
					if v := m.At(i, j); !math.IsNaN(v) {
						list[i][j] = v
					}
				}
			}
			all[name] = list
		}
		return all
	}
	b, err := json.Marshal(struct {
		Inputs  map[string][][]any `json:"inputs"`
		Outputs map[string][][]any `json:"outputs"`
		Header  []string           `json:"header,omitempty"`
		Cells   [][]string         `json:"cells,omitempty"`
	}{rows(x.Inputs), rows(x.Outputs), x.Header, x.Cells})
	return append(b, '\n'), err
}
