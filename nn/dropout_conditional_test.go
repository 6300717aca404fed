package nn

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Rows of which nothing is given keep all units under Drop.Given, others do not.
func TestDropOfGivenRows(t *testing.T) {
	m := trained(t, Config{Hidden: 64, Layers: 2, Conditional: true, Mean: make([]float64, 3), Variance: []float64{1, 1, 1}})
	g, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	_, _, r := dropProblem(t, false)
	r.Known = mat.NewDense(100, 3, nil)
	for i := range 100 {
		for j := range 3 {
			r.Known.Set(i, j, math.NaN())
		}
		if i%4 == 1 {
			r.Known.Set(i, i%3, 0.5)
		}
	}
	grad, ld := make([]float32, len(m.Params.Flat)), stride(64+m.Net.Feat)
	var of [3][]float32
	for k, d := range []UnitDropout{{}, {Share: 0.3, Seed: 1}, {Share: 0.3, Seed: 1, ConditionalOnly: true}} {
		r.Dropout = d
		g.Block(r, 1, grad, false)
		of[k] = slices.Clone(g.hidden(1))
	}
	for i := range 100 {
		row := func(k int) []float32 { return of[k][i*ld : i*ld+64] }
		like := 0
		if i%4 == 1 {
			like = 1
		}
		if !slices.Equal(row(2), row(like)) || slices.Equal(row(2), row(1-like)) {
			t.Fatalf("row %d does not have the units that it should", i)
		}
	}
}
