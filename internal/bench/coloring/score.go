package coloring

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/internal/numeric"
	"tweedie/sample"
)

// Score is how well pictures were colored. Distances are root mean squares over the
// numbers of a picture, in units of [0, 1], of colors alone: of what is left of a picture
// without its grays. Each is a mean over pictures, with its standard error.
type Score struct {
	Pictures, Draws int
	Gray            float64 // largest error of a gray
	Truth, TruthSE  float64 // of draws to the truth
	Apart, ApartSE  float64 // of draws to each other: equal to Truth for exact posterior draws
	Other           float64 // of other pictures to the truth
	Nearest         float64 // of the picture with the most similar grays, of a library, to the truth
	Library         int
}

const libraryPictures = 20000

// Compare measures the colorings, and other pictures of the same law beside them.
func (g *Gallery) Compare(seed uint64) Score {
	n, d := g.truth.Dims()
	c := Score{Pictures: n, Draws: g.draws, Library: libraryPictures, Gray: g.grayError()}
	library := mat.NewDense(libraryPictures, d, nil)
	toy.Pictures{}.Sample(library, ^seed, n)
	toModel(library)
	var truth, apart []float64
	for i := range n {
		want := g.truth.RawRowView(i)
		var near, far float64
		for j := range g.draws {
			x := g.drawn.RawRowView(i*g.draws + j)
			near += colorDistance(x, want) / float64(g.draws)
			for k := range j {
				far += colorDistance(x, g.drawn.RawRowView(i*g.draws+k)) / float64(g.draws*(g.draws-1)/2)
			}
		}
		truth, apart = append(truth, near), append(apart, far)
		c.Other += colorDistance(library.RawRowView(i), want) / float64(n)
		c.Nearest += colorDistance(library.RawRowView(nearestGray(library, want)), want) / float64(n)
	}
	c.Truth, c.TruthSE = numeric.MeanSE(truth)
	c.Apart, c.ApartSE = numeric.MeanSE(apart)
	return c
}

// grayError is the largest difference of the mean of the three colors of a pixel
// from the one that was given, in units of [0, 1].
func (g *Gallery) grayError() float64 {
	n, _ := g.drawn.Dims()
	_, pixels := g.grays.Dims()
	back := mat.NewDense(n, pixels, nil)
	if err := (sample.Grayscale{Pixels: pixels}).Apply(back, g.drawn); err != nil {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range n {
		for q, v := range g.grays.RawRowView(i / g.draws) {
			worst = math.Max(worst, math.Abs(v-back.At(i, q))*pictureScale/sqrt3)
		}
	}
	return worst
}

// colorDistance is the root mean square difference of the colors of two pictures in
// units of the model, in units of [0, 1].
func colorDistance(a, b []float64) float64 {
	sum := 0.0
	for p := 0; p < len(a); p += 3 {
		red, green, blue := a[p]-b[p], a[p+1]-b[p+1], a[p+2]-b[p+2]
		gray := (red + green + blue) / 3
		sum += (red-gray)*(red-gray) + (green-gray)*(green-gray) + (blue-gray)*(blue-gray)
	}
	return pictureScale * math.Sqrt(sum/float64(len(a)))
}

// nearestGray is the row of the library whose grays are most similar to those of want.
func nearestGray(library *mat.Dense, want []float64) int {
	n, _ := library.Dims()
	at, least := 0, math.Inf(1)
	for i := range n {
		row, sum := library.RawRowView(i), 0.0
		for p := 0; p < len(want); p += 3 {
			e := row[p] + row[p+1] + row[p+2] - want[p] - want[p+1] - want[p+2]
			sum += e * e
		}
		if sum < least {
			at, least = i, sum
		}
	}
	return at
}
