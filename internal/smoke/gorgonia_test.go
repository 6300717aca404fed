package smoke

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// d(sum(x ⊙ x))/dx = 2x, by a graph, its symbolic gradient and a tape machine.
// The test binary does not even start without the pin.
func TestGraphRuns(t *testing.T) {
	in := []float32{1, -2, 3, 0.5}
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(2, 2), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(2, 2), tensor.WithBacking(append([]float32(nil), in...)))))
	sq, err := gorgonia.HadamardProd(x, x)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := gorgonia.Sum(sq)
	if err != nil {
		t.Fatal(err)
	}
	grad, err := gorgonia.Grad(sum, x)
	if err != nil {
		t.Fatal(err)
	}
	vm := gorgonia.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := sum.Value().Data().(float32); got != 14.25 {
		t.Errorf("sum of squares = %g, want 14.25", got)
	}
	for i, got := range grad[0].Value().Data().([]float32) {
		if got != 2*in[i] {
			t.Errorf("gradient %d = %g, want %g", i, got, 2*in[i])
		}
	}
}
