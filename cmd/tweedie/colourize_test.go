package main

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/sample"
)

// testGallery is pictures with draws: the truth itself, or other pictures.
func testGallery(t *testing.T, others bool) *gallery {
	t.Helper()
	const n, draws = 12, 3
	g := &gallery{draws: draws, truth: mat.NewDense(n, 192, nil), greys: mat.NewDense(n, 64, nil), drawn: mat.NewDense(n*draws, 192, nil)}
	toy.Pictures{}.Sample(g.truth, 3, 0)
	toModel(g.truth)
	if err := (sample.Grayscale{Pixels: 64}).Apply(g.greys, g.truth); err != nil {
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
func TestColouringDistances(t *testing.T) {
	right := testGallery(t, false).compare(1)
	if right.truth > 1e-12 || right.apart > 1e-12 || right.grey > 1e-12 {
		t.Errorf("of the truth: %+v", right)
	}
	wrong := testGallery(t, true)
	c := wrong.compare(1)
	if math.Abs(c.truth-c.other) > 4*(c.truthSE+c.other/3) || c.truth < 0.1 || math.Abs(c.truth-c.apart) > 4*(c.truthSE+c.apartSE) {
		t.Errorf("of other pictures: %+v", c)
	}
	if c.grey < 0.01 {
		t.Errorf("other greys are met to %g", c.grey)
	}
	if c.nearest >= c.other {
		t.Errorf("the most similar is %g away, any other %g", c.nearest, c.other)
	}
	if err := wrong.settle(); err != nil {
		t.Fatal(err)
	}
	if e := wrong.greyError(); e > 1e-6 {
		t.Errorf("settled greys are met to %g", e)
	}
}

// Grey is no colour: a picture that is brighter is as near, one that is redder is not.
func TestColourDistanceLeavesGreyOut(t *testing.T) {
	a, brighter, redder := make([]float64, 192), make([]float64, 192), make([]float64, 192)
	for j := range a {
		brighter[j] = 0.4
		if j%3 == 0 {
			redder[j] = 1 / pictureScale
		}
	}
	if d := colourDistance(a, brighter); d > 1e-12 {
		t.Errorf("brighter: %g", d)
	}
	if d, want := colourDistance(a, redder), math.Sqrt(2./9); math.Abs(d-want) > 1e-12 {
		t.Errorf("redder: %g, want %g", d, want)
	}
}

// All numbers of a picture have one unit, so that greys stay orthonormal combinations.
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
