package main

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/toy"
	"tweedie/sample"
)

// colouring is how well pictures were coloured. Distances are root mean squares over
// the numbers of a picture, in units of [0, 1], of colours alone: of what is left of
// a picture without its greys. Each is a mean over pictures.
type colouring struct {
	pictures, draws int
	grey            float64 // largest error of a grey
	truth, truthSE  float64 // of draws to the truth
	apart, apartSE  float64 // of draws to each other
	other           float64 // of other pictures to the truth
	nearest         float64 // of the picture of most similar greys, of a library, to the truth
	library         int
}

// String says it in sentences.
func (c colouring) String() string {
	return fmt.Sprintf(`%d pictures, %d colourings of each; distances of colours, root mean square in units of [0, 1]:
  draws to the truth           %.4f ± %.4f
  draws to each other          %.4f ± %.4f (equal to that, if they are draws of the posterior)
  colours of other pictures    %.4f
  colours of the most similar  %.4f (by grey, of %d others)
greys are met to %.1e
`, c.pictures, c.draws, c.truth, c.truthSE, c.apart, c.apartSE, c.other, c.nearest, c.library, c.grey)
}

const libraryPictures = 20000

// compare measures the colourings, beside pictures that nothing was done to.
func (g *gallery) compare(seed uint64) colouring {
	n, d := g.truth.Dims()
	c := colouring{pictures: n, draws: g.draws, library: libraryPictures, grey: g.greyError()}
	library := mat.NewDense(libraryPictures, d, nil)
	toy.Pictures{}.Sample(library, ^seed, n)
	toModel(library)
	var truth, apart []float64
	for i := range n {
		want := g.truth.RawRowView(i)
		var near, far float64
		for j := range g.draws {
			x := g.drawn.RawRowView(i*g.draws + j)
			near += colourDistance(x, want) / float64(g.draws)
			for k := range j {
				far += colourDistance(x, g.drawn.RawRowView(i*g.draws+k)) / float64(g.draws*(g.draws-1)/2)
			}
		}
		truth, apart = append(truth, near), append(apart, far)
		c.other += colourDistance(library.RawRowView(i), want) / float64(n)
		c.nearest += colourDistance(library.RawRowView(nearestGrey(library, want)), want) / float64(n)
	}
	c.truth, c.truthSE = meanSE(truth)
	c.apart, c.apartSE = meanSE(apart)
	return c
}

// greyError is the largest difference of the mean of the three colours of a pixel
// from the one that was given, in units of [0, 1].
func (g *gallery) greyError() float64 {
	n, _ := g.drawn.Dims()
	_, pixels := g.greys.Dims()
	back := mat.NewDense(n, pixels, nil)
	if err := (sample.Grayscale{Pixels: pixels}).Apply(back, g.drawn); err != nil {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range n {
		for q, v := range g.greys.RawRowView(i / g.draws) {
			worst = math.Max(worst, math.Abs(v-back.At(i, q))*pictureScale/sqrt3)
		}
	}
	return worst
}

// colourDistance is the root mean square difference of the colours of two pictures in
// units of the model, in units of [0, 1].
func colourDistance(a, b []float64) float64 {
	sum := 0.0
	for p := 0; p < len(a); p += 3 {
		red, green, blue := a[p]-b[p], a[p+1]-b[p+1], a[p+2]-b[p+2]
		grey := (red + green + blue) / 3
		sum += (red-grey)*(red-grey) + (green-grey)*(green-grey) + (blue-grey)*(blue-grey)
	}
	return pictureScale * math.Sqrt(sum/float64(len(a)))
}

// nearestGrey is the row of the library of which the greys are most similar.
func nearestGrey(library *mat.Dense, want []float64) int {
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
