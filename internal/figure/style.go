package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The palette of Okabe and Ito (2008), in the order in which series take it.
var (
	blue       = color.NRGBA{0, 114, 178, 255}
	vermillion = color.NRGBA{213, 94, 0, 255}
	green      = color.NRGBA{0, 158, 115, 255}
	purple     = color.NRGBA{204, 121, 167, 255}
	orange     = color.NRGBA{230, 159, 0, 255}
	sky        = color.NRGBA{86, 180, 233, 255}
	black      = color.NRGBA{30, 30, 30, 255}
	gray       = color.NRGBA{225, 225, 225, 255}
)

// mostSeries is the number of series whose colors differ.
const mostSeries = 14

// seriesColor is a color of the palette, and from the eighth series on a darker one.
func seriesColor(i int) color.NRGBA {
	c := [...]color.NRGBA{blue, vermillion, green, purple, orange, sky, black}[i%7]
	if i < 7 {
		return c
	}
	if c == black {
		return color.NRGBA{140, 140, 140, 255}
	}
	return color.NRGBA{c.R / 2, c.G / 2, c.B / 2, 255}
}

func seriesDashes(i int) []vg.Length {
	return [...][]vg.Length{nil, {vg.Points(5), vg.Points(2)}, {vg.Points(1.5), vg.Points(2)}, {vg.Points(6), vg.Points(2), vg.Points(1.5), vg.Points(2)}}[i%4]
}

func seriesGlyph(i int) draw.GlyphDrawer {
	return [...]draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.RingGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{}}[i%7]
}

func faded(c color.NRGBA, alpha float64) color.NRGBA {
	c.A = uint8(255*alpha + 0.5)
	return c
}

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.White
	sans := func(f *font.Font, size vg.Length) { f.Variant, f.Size = "Sans", size }
	p.Title.Text, p.Title.Padding = title, vg.Points(5)
	sans(&p.Title.TextStyle.Font, 11)
	p.Title.TextStyle.Color = black
	sans(&p.Legend.TextStyle.Font, 9)
	p.Legend.ThumbnailWidth, p.Legend.Padding = vg.Points(22), vg.Points(3)
	for _, a := range []struct {
		axis *plot.Axis
		text string
	}{{&p.X, x}, {&p.Y, y}} {
		a.axis.Label.Text = a.text
		sans(&a.axis.Label.TextStyle.Font, 10)
		sans(&a.axis.Tick.Label.Font, 9)
		a.axis.Label.TextStyle.Color, a.axis.Tick.Label.Color = black, black
		a.axis.LineStyle.Color, a.axis.Tick.LineStyle.Color = black, black
		a.axis.Tick.Length = vg.Points(4)
		a.axis.Padding = vg.Points(3)
		a.axis.Tick.Marker = linearTicks{}
	}
	return p
}

func addGrid(p *plot.Plot) {
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = gray, gray
	g.Horizontal.Width, g.Vertical.Width = vg.Points(0.5), vg.Points(0.5)
	p.Add(g)
}

const margin = vg.Length(6)

// inset keeps the drawing off the edge of the page.
func inset(c draw.Canvas) draw.Canvas { return draw.Crop(c, margin, -margin, margin, -margin) }

func background(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
}
