package figure

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

type color4 = color.NRGBA

// cornerLevels are the shares that regions hold, the largest first.
var cornerLevels = []float64{0.9, 0.5}

// draw draws all panels, then what stands beside them.
func (c *corner) draw(canvas draw.Canvas) {
	background(canvas)
	for j := range c.d {
		for i := j; i < c.d; i++ {
			p := c.panel(canvas, i, j)
			if i == j {
				c.histogram(p, j)
			} else {
				c.pair(p, i, j)
			}
			c.frame(p)
			c.ticks(p, i, j)
		}
	}
	c.labels(canvas)
	c.legend(canvas)
}

func (c *corner) frame(p draw.Canvas) {
	p.StrokeLines(draw.LineStyle{Color: black, Width: vg.Points(0.6)}, []vg.Point{
		p.Min, {X: p.Max.X, Y: p.Min.Y}, p.Max, {X: p.Min.X, Y: p.Max.Y}, p.Min})
}

// histogram draws the column of each layer, all with the same area.
func (c *corner) histogram(p draw.Canvas, j int) {
	a := c.axes[j]
	all, most := make([]histogram, len(c.layers)), 0.0
	for k, l := range c.layers {
		all[k] = newHistogram(l.columns[j], a)
		most = math.Max(most, slices.Max(all[k].heights))
	}
	for k, l := range c.layers {
		steps := all[k].outline(p.Min, c.side, 1.08*most)
		if l.fill {
			p.FillPolygon(faded(l.color, 0.25), steps)
		}
		p.StrokeLines(l.line(), steps)
	}
	c.truthLine(p, a, true)
}

func (l *cornerLayer) line() draw.LineStyle {
	return draw.LineStyle{Color: l.color, Width: vg.Points(0.9), Dashes: l.dashes}
}

// pair draws column j across and column i up.
func (c *corner) pair(p draw.Canvas, i, j int) {
	ax, ay := c.axes[j], c.axes[i]
	for _, l := range c.layers {
		if l.diagonal {
			continue
		}
		g := newDensity2(l.columns[j], l.columns[i], ax, ay)
		for k, share := range cornerLevels {
			lines := g.contours(g.level(l.columns[j], l.columns[i], ax, ay, share))
			var path vg.Path
			for _, line := range lines {
				pts := make([]vg.Point, len(line))
				for q, s := range line {
					pts[q] = vg.Point{X: p.Min.X + c.side*s.X, Y: p.Min.Y + c.side*s.Y}
					if q == 0 {
						path.Move(pts[q])
					} else {
						path.Line(pts[q])
					}
				}
				path.Close()
				p.StrokeLines(l.line(), append(pts, pts[0]))
			}
			if l.fill && len(path) > 0 {
				p.SetColor(faded(l.color, [...]float64{0.22, 0.4}[k]))
				p.Fill(path)
			}
		}
	}
	c.truthLine(p, ax, true)
	c.truthLine(p, ay, false)
	if x, y := ax.share(ax.truth), ay.share(ay.truth); x >= 0 && x <= 1 && y >= 0 && y <= 1 {
		at := vg.Point{X: p.Min.X + c.side*vg.Length(x), Y: p.Min.Y + c.side*vg.Length(y)}
		p.DrawGlyph(draw.GlyphStyle{Color: black, Radius: vg.Points(1.8), Shape: draw.BoxGlyph{}}, at)
	}
}

// truthStyle is that of the lines through the truth.
var truthStyle = draw.LineStyle{Color: black, Width: vg.Points(0.7)}

// truthLine draws the truth of an axis, across or up, or a triangle at the edge beyond
// which it is.
func (c *corner) truthLine(p draw.Canvas, a cornerAxis, across bool) {
	if math.IsNaN(a.truth) {
		return
	}
	s := a.share(a.truth)
	at := func(s, t vg.Length) vg.Point {
		if !across {
			s, t = t, s
		}
		return vg.Point{X: p.Min.X + c.side*s, Y: p.Min.Y + c.side*t}
	}
	if s >= 0 && s <= 1 {
		p.StrokeLines(truthStyle, []vg.Point{at(vg.Length(s), 0), at(vg.Length(s), 1)})
		return
	}
	tip, back := vg.Length(0.99), vg.Length(0.93)
	if s < 0 {
		tip, back = 0.01, 0.07
	}
	p.FillPolygon(black, []vg.Point{at(tip, 0.5), at(back, 0.46), at(back, 0.54)})
}

// style is that of text of a size, aligned.
func cornerText(size vg.Length, x text.XAlignment, y text.YAlignment) text.Style {
	s := newPlot("", "", "").Legend.TextStyle
	s.Font.Size, s.Color, s.XAlign, s.YAlign = size, black, x, y
	return s
}
