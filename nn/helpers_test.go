package nn

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// normals returns an n×d matrix of standard normals of the named stream.
func normals(name string, n, d int) *mat.Dense {
	r, x := stream.New(11, "nn/test/"+name), mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			x.Set(i, j, r.NormFloat64())
		}
	}
	return x
}

// trained returns a model whose every parameter is non-zero, as after training.
func trained(t testing.TB, c Config) *Model {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	r := stream.New(12, "nn/test/params")
	for _, a := range m.Params.Arrays {
		for i := range a.Data {
			a.Data[i] += float32(0.2 * r.NormFloat64() / math.Sqrt(float64(a.Shape[0])))
		}
	}
	return m
}

// worst returns the largest |a − b|/(1 + |b|).
func worst(a, b []float64) float64 {
	w := 0.0
	for i := range a {
		e := math.Abs(a[i]-b[i]) / (1 + math.Abs(b[i]))
		if math.IsNaN(e) {
			return math.Inf(1)
		}
		w = max(w, e)
	}
	return w
}

func sameBits(t *testing.T, what string, a, b *mat.Dense) {
	t.Helper()
	n, d := b.Dims()
	for i := range n {
		for j := range d {
			if math.Float64bits(a.At(i, j)) != math.Float64bits(b.At(i, j)) {
				t.Fatalf("%s: row %d, column %d: %v and %v", what, i, j, a.At(i, j), b.At(i, j))
			}
		}
	}
}
