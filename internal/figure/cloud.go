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
	p, err := o.panel(o.Title, rows)
	if err != nil {
		return nil, err
	}
	return newFigure(cloudWidth, cloudHeight, func(c draw.Canvas) {
		background(c)
		o.drawPanel(inset(c), p)
	}), nil
}

const (
	cloudWidth  = 2.35 * vg.Inch
	cloudHeight = 2.45 * vg.Inch
)

// Clouds draws a Cloud for each of several sets of rows, side by side under their names.
// It fails as Cloud does, and panics unless each set has a name.
func Clouds(o CloudOptions, names []string, rows ...*mat.Dense) (*Figure, error) {
	if len(names) != len(rows) || len(rows) == 0 {
		panic("figure: not one name for each cloud")
	}
	panels := make([]*plot.Plot, len(rows))
	for i, x := range rows {
		var err error
		if panels[i], err = o.panel(names[i], x); err != nil {
			return nil, err
		}
	}
	return newFigure(vg.Length(len(rows))*cloudWidth, cloudHeight, func(c draw.Canvas) {
		background(c)
		c = drawHeading(inset(c), o.Title)
		tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: vg.Points(8)}
		for i, p := range panels {
			o.drawPanel(tiles.At(c, i, 0), p)
		}
	}), nil
}

func (o CloudOptions) box() rect { return rect{o.XMin, o.XMax, o.YMin, o.YMax} }

func (o CloudOptions) drawPanel(c draw.Canvas, p *plot.Plot) {
	o.box().set(p)
	p.Draw(trueScale(p, c))
}

// panel is a plot of rows.
func (o CloudOptions) panel(title string, rows *mat.Dense) (*plot.Plot, error) {
	if !(o.XMin < o.XMax && o.YMin < o.YMax) {
		return nil, fmt.Errorf("%sbox [%g, %g] x [%g, %g] is empty", titled(o.Title), o.XMin, o.XMax, o.YMin, o.YMax)
	}
	pts, bad := points(rows)
	inside := within(pts, o.box())
	if n := len(pts) - len(inside) + bad; n > 0 {
		title += fmt.Sprintf(" (%d not shown)", n)
	}
	p := newPlot(title, "x₁", "x₂")
	if o.LogDensity != nil {
		p.Add(heatMap(o.box(), o.LogDensity))
	}
	p.Add(clip{o.box(), o.Line})
	p.Add(&plotter.Scatter{XYs: inside, GlyphStyle: draw.GlyphStyle{
		Color: faded(vermillion, cloudAlpha(len(inside))), Radius: vg.Points(1), Shape: draw.CircleGlyph{},
	}})
	return p, nil
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
