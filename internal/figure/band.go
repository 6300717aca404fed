package figure

import (
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Band is a region between two lines: Lo[i] ≤ y ≤ Hi[i] at X[i].
type Band struct {
	Name      string // in the legend; empty: not in the legend
	X, Lo, Hi []float64
}

// Banded is Curve, or with marks Lines, over a band, such as one of confidence. It panics
// when the parts of the band differ in length or it has less than two points. Axes must
// not be logarithmic.
func Banded(a Axes, b Band, marks bool, series ...Series) (*Figure, error) {
	if len(b.X) < 2 || len(b.Lo) != len(b.X) || len(b.Hi) != len(b.X) || a.LogX || a.LogY {
		panic("figure: a band of another shape")
	}
	return lines(a, &b, series, marks)
}

// polygon is the outline of the band, from left to right below and back above.
func (b Band) polygon() (*plotter.Polygon, error) {
	outline := make(plotter.XYs, 0, 2*len(b.X))
	for i, x := range b.X {
		outline = append(outline, plotter.XY{X: x, Y: b.Lo[i]})
	}
	for i := len(b.X) - 1; i >= 0; i-- {
		outline = append(outline, plotter.XY{X: b.X[i], Y: b.Hi[i]})
	}
	p, err := plotter.NewPolygon(outline)
	if err != nil {
		return nil, err
	}
	p.Color, p.LineStyle.Width = faded(black, 0.12), vg.Length(0)
	return p, nil
}
