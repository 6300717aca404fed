package toy

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestPicturesAreFunctionsOfSeedAndRow(t *testing.T) {
	p := Pictures{}
	x, y := mat.NewDense(20, p.Dim(), nil), mat.NewDense(5, p.Dim(), nil)
	p.Sample(x, 3, 0)
	p.Sample(y, 3, 7)
	if !mat.Equal(y, x.Slice(7, 12, 0, p.Dim())) {
		t.Error("a block has other rows")
	}
	p.Sample(y, 4, 7)
	if mat.Equal(y, x.Slice(7, 12, 0, p.Dim())) {
		t.Error("another seed gives the same rows")
	}
	for i, v := range x.RawMatrix().Data {
		if !(v >= 0 && v <= 1) {
			t.Fatalf("value %d is %g", i, v)
		}
	}
}

// greyOf is the brightness of the pixels of a row.
func greyOf(row []float64) []float64 {
	g := make([]float64, len(row)/3)
	for k, v := range row {
		g[k/3] += v / 3
	}
	return g
}

func apart(a, b []float64) float64 {
	s := 0.0
	for k := range a {
		s += (a[k] - b[k]) * (a[k] - b[k])
	}
	return math.Sqrt(s / float64(len(a)))
}

// Colors follow from greys in part, not wholly: the picture of the nearest gray is
// nearer in color than another one is, and farther than noise would make it.
func TestGreysTellColoursInPart(t *testing.T) {
	p := Pictures{}
	const n, m = 2000, 200
	lib, x := mat.NewDense(n, p.Dim(), nil), mat.NewDense(m, p.Dim(), nil)
	p.Sample(lib, 1, 0)
	p.Sample(x, 2, 0)
	greys := make([][]float64, n)
	for i := range n {
		greys[i] = greyOf(lib.RawRowView(i))
	}
	var near, other, grey float64
	for i := range m {
		g, best, at := greyOf(x.RawRowView(i)), math.Inf(1), 0
		for k := range n {
			if d := apart(g, greys[k]); d < best {
				best, at = d, k
			}
		}
		near += apart(x.RawRowView(i), lib.RawRowView(at)) / m
		other += apart(x.RawRowView(i), lib.RawRowView(i)) / m
		grey += best / m
	}
	if !(near < 0.6*other) || !(near > 1.5*grey) {
		t.Errorf("distance to the nearest in grey %.3f (in grey %.3f), to another %.3f", near, grey, other)
	}
}
