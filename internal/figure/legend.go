package figure

import (
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend stands below a plot, so that it covers nothing: names in lines, as many in each as
// there is room for, then a note.
type legend struct {
	style   draw.TextStyle
	entries []legendEntry
	note    string // as which series are left out; may be empty
}

type legendEntry struct {
	name   string
	thumbs []plot.Thumbnailer
}

const (
	thumbWidth = vg.Length(22)
	thumbGap   = vg.Length(5)
	entryGap   = vg.Length(16)
	lineSkip   = vg.Length(4)
)

func (l *legend) add(name string, thumbs ...plot.Thumbnailer) {
	l.entries = append(l.entries, legendEntry{name, thumbs})
}

// rows breaks the entries into lines of a width.
func (l *legend) rows(width vg.Length) [][]legendEntry {
	var rows [][]legendEntry
	x := width
	for _, e := range l.entries {
		w := thumbWidth + thumbGap + l.style.Width(e.name)
		if x+entryGap+w > width {
			rows, x = append(rows, nil), -entryGap
		}
		last := len(rows) - 1
		rows[last], x = append(rows[last], e), x+entryGap+w
	}
	return rows
}

// lines breaks the note into lines of a width.
func (l *legend) lines(width vg.Length) []string {
	var lines []string
	for word := range strings.FieldsSeq(l.note) {
		if n := len(lines) - 1; n >= 0 && l.style.Width(lines[n]+" "+word) <= width {
			lines[n] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// height is what the legend takes up in a width.
func (l *legend) height(width vg.Length) vg.Length {
	n := len(l.rows(width)) + len(l.lines(width))
	if n == 0 {
		return 0
	}
	return vg.Length(n)*(l.style.Rectangle("X").Size().Y+lineSkip) + 2*lineSkip
}

// draw draws the legend at the bottom of c, and returns what is left above.
func (l *legend) draw(c draw.Canvas) draw.Canvas {
	width := c.Max.X - c.Min.X
	line := l.style.Rectangle("X").Size().Y
	top := c.Min.Y + l.height(width) - 2*lineSkip
	style := l.style
	style.YAlign = draw.YBottom
	y := top - line
	for _, row := range l.rows(width) {
		x := c.Min.X
		for _, e := range row {
			thumb := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + thumbWidth, Y: y + line}}}
			for _, t := range e.thumbs {
				t.Thumbnail(&thumb)
			}
			c.FillText(style, vg.Point{X: x + thumbWidth + thumbGap, Y: y}, e.name)
			x += thumbWidth + thumbGap + style.Width(e.name) + entryGap
		}
		y -= line + lineSkip
	}
	for _, s := range l.lines(width) {
		c.FillText(style, vg.Point{X: c.Min.X, Y: y}, s)
		y -= line + lineSkip
	}
	return draw.Crop(c, 0, 0, l.height(width), 0)
}
