package onnx

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The gap is relative to the largest number of an output, and the largest of all outputs.
func TestExamples(t *testing.T) {
	g := New(Double)
	x := g.Input("x", Dim{Name: "N"}, Dim{Size: 2})
	g.Output("twice", g.Op("Mul", g.Scalar(2), x), Dim{Name: "N"}, Dim{Size: 2})
	g.Output("more", g.Op("Add", g.Scalar(1), x), Dim{Name: "N"}, Dim{Size: 2})
	e := &Examples{
		Inputs: map[string]*mat.Dense{"x": mat.NewDense(2, 2, []float64{1, 2, 3, -4})},
		Outputs: map[string]*mat.Dense{
			"twice": mat.NewDense(2, 2, []float64{2, 4, 6, -8}),
			"more":  mat.NewDense(2, 2, []float64{2, 3, 4, -3.5}),
		},
	}
	if gap, err := e.Gap(t.Context(), g.Model()); err != nil || gap != 0.5/4 {
		t.Errorf("gap %v, %v", gap, err)
	}
	e.Outputs["more"].Set(1, 1, -3)
	if gap, err := e.Gap(t.Context(), g.Model()); err != nil || gap != 0 {
		t.Errorf("gap %v, %v", gap, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := e.Gap(ctx, g.Model()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	e.Outputs["more"].Set(0, 0, math.NaN())
	e.Header, e.Cells = []string{"a"}, [][]string{{"1"}, {""}}
	b, err := e.JSON()
	if want := `{"inputs":{"x":[[1,2],[3,-4]]},"outputs":{"more":[[null,3],[4,-3]],"twice":[[2,4],[6,-8]]},"header":["a"],"cells":[["1"],[""]]}` + "\n"; err != nil || string(b) != want {
		t.Errorf("%s, %v; want %s", b, err, want)
	}
}
