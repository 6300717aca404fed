package sbi

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Each column takes the scale on which it is nearest to normal.
func TestScales(t *testing.T) {
	const n = 3000
	rng := stream.New(1, "test/scales")
	x := mat.NewDense(n, 7, nil)
	for i := range n {
		g := rng.NormFloat64
		first, root := g(), g()+2.5
		x.SetRow(i, []float64{first, math.Exp(2 * g()), math.Sinh(2 * g()), root * root, math.Round(math.Exp(1 + 1.5*g())), 3, -first})
	}
	f, err := newFeatures(x, Blocks{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "log", "asinh", "sqrt", "log"} // 3 is constant, −first a copy
	if len(f.Columns) != len(want) {
		t.Fatalf("%d features, want %d", len(f.Columns), len(want))
	}
	for k, w := range want {
		if c := f.Columns[k]; c.Index != k || c.Scale.Kind != w {
			t.Errorf("column %d has the scale %q, want %q", c.Index, c.Scale.Kind, w)
		}
	}
	v := f.of(x)
	for k := range want {
		if mean, sd := moments(v, k); math.Abs(mean) > 1e-9 || math.Abs(sd-1) > 1e-9 {
			t.Errorf("feature %d has mean %g and standard deviation %g", k, mean, sd)
		}
	}
}

// The order of exchangeable points changes nothing: base, network, draws.
func TestSummariesOfASet(t *testing.T) {
	b := Blocks{Points: 4, Width: 2}
	x := mat.NewDense(2, 8, []float64{1, 2, 3, 5, -1, 0, 2, 2, 2, 2, -1, 0, 1, 2, 3, 5})
	m := b.summaries(x)
	for j := range b.summaryWidth() {
		if math.Abs(m.At(0, j)-m.At(1, j)) > 1e-12 {
			t.Errorf("summary %d is %g and %g", j, m.At(0, j), m.At(1, j))
		}
	}
	// 1, 3, −1, 2: mean 1.25, deviations −.25, 1.75, −2.25, .75.
	if sd := math.Sqrt((0.0625 + 3.0625 + 5.0625 + 0.5625) / 3); math.Abs(m.At(0, 0)-1.25) > 1e-12 || math.Abs(m.At(0, 2)-math.Log(sd)) > 1e-12 {
		t.Errorf("mean %g and log deviation %g, want 1.25 and %g", m.At(0, 0), m.At(0, 2), math.Log(sd))
	}
	if _, err := newFeatures(mat.NewDense(3, 7, nil), b); err == nil {
		t.Error("7 columns for 4 points of 2: no error")
	}
}
