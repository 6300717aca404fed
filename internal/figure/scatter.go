package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mostPoints is how many rows of each matrix Scatter2 draws: the first ones.
const mostPoints = 5000

// Scatter2 draws the first two columns of data (left) and samples (right) as
// points, at most the first 5000 rows of each, on the same axes, with the same
// scale in x and y where neither is more than four times as long. The axes are those of the data and a margin; samples
// beyond them and rows that are not finite are left out, and the panel's title
// counts them. It panics on fewer than two columns, and errs when data have no finite row.
func Scatter2(title string, data, samples *mat.Dense) (*Figure, error) {
	return Scatter(Axes{Title: title, X: "x₁", Y: "x₂"}, data, samples)
}

// Scatter is Scatter2 with names of the columns, the labels of a. Axes that are logarithmic
// and a size of its own are not for it: it panics.
func Scatter(a Axes, data, samples *mat.Dense) (*Figure, error) {
	if a.LogX || a.LogY || a.Width != 0 || a.Height != 0 {
		panic("figure: axes that a scatter has not")
	}
	title := a.Title
	left, badLeft := points(data)
	right, badRight := points(samples)
	if len(left) == 0 {
		return nil, fmt.Errorf("%sdata have no finite row", titled(title))
	}
	box := bounds(left)
	equal := box.alike(4)
	if equal {
		box.grow(0.08)
	} else {
		box.growEach(0.08)
	}
	panels := [2]*plot.Plot{}
	for i, pts := range []plotter.XYs{left, right} {
		inside := within(pts, box)
		name := [...]string{"data", "samples"}[i]
		if n := len(pts) - len(inside) + [...]int{badLeft, badRight}[i]; n > 0 {
			name += fmt.Sprintf(" (%d not shown)", n)
		}
		p := newPlot(name, a.X, a.Y)
		addGrid(p)
		p.Add(&plotter.Scatter{XYs: inside, GlyphStyle: draw.GlyphStyle{
			Color: faded(seriesColor(i), cloudAlpha(len(inside))), Radius: vg.Points(1.1), Shape: draw.CircleGlyph{},
		}})
		panels[i] = p
	}
	return newFigure(6.8*vg.Inch, 3.75*vg.Inch, func(c draw.Canvas) {
		background(c)
		c = drawHeading(inset(c), title)
		tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Points(14)}
		for i, p := range panels {
			tile := tiles.At(c, i, 0)
			box.set(p)
			for range 2 * b2i(equal) { // the tick labels may change with the limits: settle
				equalScale(p, p.DataCanvas(tile))
			}
			p.Draw(tile)
		}
	}), nil
}

// drawHeading writes the title over all panels and returns what is left.
func drawHeading(c draw.Canvas, title string) draw.Canvas {
	if title == "" {
		return c
	}
	sty := newPlot("", "", "").Title.TextStyle
	sty.Font.Size = 12
	sty.XAlign, sty.YAlign = draw.XCenter, draw.YTop
	c.FillText(sty, vg.Point{X: c.Center().X, Y: c.Max.Y}, title)
	return draw.Crop(c, 0, 0, 0, -sty.Height(title)-vg.Points(6))
}

// points returns the finite points among the first rows, and how many are not.
func points(m *mat.Dense) (pts plotter.XYs, bad int) {
	n, d := m.Dims()
	if d < 2 {
		panic("figure: fewer than two columns")
	}
	for i := range min(n, mostPoints) {
		x, y := m.At(i, 0), m.At(i, 1)
		if math.IsNaN(x-x) || math.IsNaN(y-y) {
			bad++
			continue
		}
		pts = append(pts, plotter.XY{X: x, Y: y})
	}
	return pts, bad
}

// cloudAlpha lets dense clouds show their density.
func cloudAlpha(n int) float64 {
	return math.Min(0.7, math.Max(0.25, 0.7*math.Sqrt(800/float64(max(n, 1)))))
}

type rect struct{ x0, x1, y0, y1 float64 }

func bounds(pts plotter.XYs) rect {
	x0, x1, y0, y1 := plotter.XYRange(pts)
	return rect{x0, x1, y0, y1}
}

// grow adds the fraction f of the longer side all round.
func (r *rect) grow(f float64) {
	m := f * math.Max(r.x1-r.x0, r.y1-r.y0)
	if m == 0 {
		m = math.Max(1, math.Max(math.Abs(r.x0), math.Abs(r.y0))) / 2
	}
	r.x0, r.x1, r.y0, r.y1 = r.x0-m, r.x1+m, r.y0-m, r.y1+m
}

// alike tells whether no side is more than f times as long as the other.
func (r rect) alike(f float64) bool {
	w, h := r.x1-r.x0, r.y1-r.y0
	return w == h || w <= f*h && h <= f*w
}

// growEach adds the fraction f of each side to it.
func (r *rect) growEach(f float64) {
	along := func(lo, hi *float64) {
		m := f * (*hi - *lo)
		if m == 0 {
			m = math.Max(1, math.Abs(*lo)) / 2
		}
		*lo, *hi = *lo-m, *hi+m
	}
	along(&r.x0, &r.x1)
	along(&r.y0, &r.y1)
}

func (r rect) set(p *plot.Plot) { p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = r.x0, r.x1, r.y0, r.y1 }

func within(pts plotter.XYs, r rect) plotter.XYs {
	in := make(plotter.XYs, 0, len(pts))
	for _, q := range pts {
		if r.x0 <= q.X && q.X <= r.x1 && r.y0 <= q.Y && q.Y <= r.y1 {
			in = append(in, q)
		}
	}
	return in
}

// equalScale extends one axis of p so that a unit is as long in x as in y on c.
func equalScale(p *plot.Plot, c draw.Canvas) {
	w, h := float64(c.Max.X-c.Min.X), float64(c.Max.Y-c.Min.Y)
	rx, ry := p.X.Max-p.X.Min, p.Y.Max-p.Y.Min
	if rx/w < ry/h {
		m := (ry/h*w - rx) / 2
		p.X.Min, p.X.Max = p.X.Min-m, p.X.Max+m
		return
	}
	m := (rx/w*h - ry) / 2
	p.Y.Min, p.Y.Max = p.Y.Min-m, p.Y.Max+m
}
