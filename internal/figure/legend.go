package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legendLines is a legend below the axes: entries behind each other, in as many lines as
// they need.
type legendLines [][]legendEntry

type legendEntry struct {
	name  string
	line  draw.LineStyle
	glyph draw.GlyphDrawer // nil: none
	band  bool
	width vg.Length
}

const (
	legendSize = vg.Length(9)
	legendStep = vg.Length(14) // from line to line
	legendGap  = vg.Length(14) // from entry to entry
)

// newLegendLines sets the entries that have names in lines of that width.
func newLegendLines(width vg.Length, b *Band, series []Series, marks bool) (l legendLines) {
	var list []legendEntry
	if b != nil && b.Name != "" {
		list = append(list, legendEntry{name: b.Name, band: true})
	}
	for i, s := range series {
		if s.Name == "" {
			continue
		}
		e := legendEntry{name: s.Name, line: draw.LineStyle{Color: seriesColor(i), Width: vg.Points(1.2), Dashes: seriesDashes(i)}}
		if marks {
			e.glyph = seriesGlyph(i)
		}
		list = append(list, e)
	}
	sty, used := cornerText(legendSize, draw.XLeft, draw.YCenter), width
	for _, e := range list {
		e.name = shorten(e.name, legendSize, width-legendThumb-vg.Points(4))
		e.width = legendThumb + vg.Points(4) + sty.Width(e.name)
		if used+legendGap+e.width > width {
			l, used = append(l, nil), -legendGap
		}
		l[len(l)-1] = append(l[len(l)-1], e)
		used += legendGap + e.width
	}
	return l
}

func (l legendLines) height() vg.Length {
	if len(l) == 0 {
		return 0
	}
	return legendStep*vg.Length(len(l)) + vg.Points(4)
}

// draw draws the legend at the bottom of c.
func (l legendLines) draw(c draw.Canvas) {
	sty := cornerText(legendSize, draw.XLeft, draw.YCenter)
	for k, line := range l {
		x, y := c.Min.X, c.Min.Y+legendStep*(vg.Length(len(l)-1-k)+0.5)
		for _, e := range line {
			switch {
			case e.band:
				c.FillPolygon(faded(black, 0.12), []vg.Point{{X: x, Y: y - 4}, {X: x + legendThumb, Y: y - 4}, {X: x + legendThumb, Y: y + 4}, {X: x, Y: y + 4}})
			default:
				c.StrokeLine2(e.line, x, y, x+legendThumb, y)
			}
			if e.glyph != nil {
				c.DrawGlyph(draw.GlyphStyle{Color: e.line.Color, Radius: vg.Points(2.8), Shape: e.glyph}, vg.Point{X: x + legendThumb/2, Y: y})
			}
			c.FillText(sty, vg.Point{X: x + legendThumb + vg.Points(4), Y: y}, e.name)
			x += e.width + legendGap
		}
	}
}
