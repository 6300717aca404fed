package coloring

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/sample"
)

// testGallery is pictures with draws: the truth itself, or other pictures.
func testGallery(t *testing.T, others bool) *Gallery {
	t.Helper()
	const n, draws = 12, 3
	g := &Gallery{draws: draws, truth: mat.NewDense(n, 192, nil), grays: mat.NewDense(n, 64, nil), drawn: mat.NewDense(n*draws, 192, nil)}
	toy.Pictures{}.Sample(g.truth, 3, 0)
	toModel(g.truth)
	if err := (sample.Grayscale{Pixels: 64}).Apply(g.grays, g.truth); err != nil {
		t.Fatal(err)
	}
	if others {
		toy.Pictures{}.Sample(g.drawn, 4, 0)
		toModel(g.drawn)
		return g
	}
	for i := range n * draws {
		g.drawn.SetRow(i, g.truth.RawRowView(i/draws))
	}
	return g
}

// The distances tell the truth from pictures that have nothing to do with it.
func TestColoringDistances(t *testing.T) {
	right := testGallery(t, false).Compare(1)
	if right.Truth > 1e-12 || right.Apart > 1e-12 || right.Gray > 1e-12 {
		t.Errorf("of the truth: %+v", right)
	}
	wrong := testGallery(t, true)
	c := wrong.Compare(1)
	if math.Abs(c.Truth-c.Other) > 4*(c.TruthSE+c.Other/3) || c.Truth < 0.1 || math.Abs(c.Truth-c.Apart) > 4*(c.TruthSE+c.ApartSE) {
		t.Errorf("of other pictures: %+v", c)
	}
	if c.Gray < 0.01 {
		t.Errorf("other grays are met to %g", c.Gray)
	}
	if c.Nearest >= c.Other {
		t.Errorf("the most similar is %g away, any other %g", c.Nearest, c.Other)
	}
	if err := wrong.settle(); err != nil {
		t.Fatal(err)
	}
	if e := wrong.grayError(); e > 1e-6 {
		t.Errorf("settled grays are met to %g", e)
	}
}

// Gray is no color: a brighter picture has distance 0, a redder one has not.
func TestColorDistanceLeavesGrayOut(t *testing.T) {
	a, brighter, redder := make([]float64, 192), make([]float64, 192), make([]float64, 192)
	for j := range a {
		brighter[j] = 0.4
		if j%3 == 0 {
			redder[j] = 1 / pictureScale
		}
	}
	if d := colorDistance(a, brighter); d > 1e-12 {
		t.Errorf("brighter: %g", d)
	}
	if d, want := colorDistance(a, redder), math.Sqrt(2./9); math.Abs(d-want) > 1e-12 {
		t.Errorf("redder: %g, want %g", d, want)
	}
}

// All numbers of a picture have one unit, so that grays are orthonormal combinations.
func TestPictureUnits(t *testing.T) {
	x := mat.NewDense(1, 192, nil)
	paintedRows{seed: 5, n: 10}.Read(x, nil, []int{7}, 0)
	y := mat.NewDense(8, 192, nil)
	toy.Pictures{}.Sample(y, 5, 0)
	for j, v := range units(x.RawRowView(0)) {
		if math.Abs(v-y.At(7, j)) > 1e-12 {
			t.Fatalf("number %d is %g, want %g", j, v, y.At(7, j))
		}
	}
}
