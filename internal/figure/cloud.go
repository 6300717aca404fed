package figure

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// CloudOptions says where and over what Cloud draws.
type CloudOptions struct {
	Title                  string
	XMin, XMax, YMin, YMax float64                    // the box; required
	LogDensity             func(x, y float64) float64 // nats; nil: white ground
	Line                   [][2]float64               // joined, over the density; may be empty
}

// Cloud draws the first two columns of the rows, at most the first 5000, over a
// log density, with a line: draws from a posterior over the exact one, and what
// was observed. Rows outside of the box and rows that are not finite are counted
// in the title. It errs on an empty box and panics on fewer than two columns.
func Cloud(o CloudOptions, rows *mat.Dense) (*Figure, error) {
	if !(o.XMin < o.XMax && o.YMin < o.YMax) {
		return nil, fmt.Errorf("figure %q: box [%g, %g] x [%g, %g] is empty", o.Title, o.XMin, o.XMax, o.YMin, o.YMax)
	}
	box := rect{o.XMin, o.XMax, o.YMin, o.YMax}
	pts, bad := points(rows)
	inside := within(pts, box)
	title := o.Title
	if n := len(pts) - len(inside) + bad; n > 0 {
		title += fmt.Sprintf(" (%d not shown)", n)
	}
	p := newPlot(title, "x₁", "x₂")
	if o.LogDensity != nil {
		p.Add(heatMap(box, o.LogDensity))
	}
	p.Add(clip{box, o.Line})
	p.Add(&plotter.Scatter{XYs: inside, GlyphStyle: draw.GlyphStyle{
		Color: faded(vermillion, cloudAlpha(len(inside))), Radius: vg.Points(1), Shape: draw.CircleGlyph{},
	}})
	return &Figure{2.35 * vg.Inch, 2.45 * vg.Inch, func(c draw.Canvas) {
		background(c)
		c = inset(c)
		box.set(p)
		p.Draw(trueScale(p, c))
	}}, nil
}

type clip struct {
	box  rect
	line [][2]float64
}

// Plot implements plot.Plotter.
func (l clip) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	pts := make([]vg.Point, len(l.line))
	for i, q := range l.line {
		pts[i] = vg.Point{X: trX(q[0]), Y: trY(q[1])}
	}
	c.StrokeLines(draw.LineStyle{Color: black, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(4), vg.Points(3)}}, c.ClipLinesXY(pts)...)
}
