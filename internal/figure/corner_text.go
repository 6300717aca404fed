package figure

import (
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// measure sets the sizes, from the number of panels and the widths of text.
func (c *corner) measure() {
	c.size, c.tick = vg.Points(9), vg.Points(7.5)
	switch {
	case c.d == 1:
		c.side = 3 * vg.Inch
	case c.d == 2:
		c.side = 1.3 * vg.Inch
	case c.d <= 4:
		c.side = 1.45 * vg.Inch
	case c.d <= 7:
		c.side, c.size, c.tick = 1.1*vg.Inch, vg.Points(8.5), vg.Points(7)
	default:
		c.side, c.size, c.tick = 0.78*vg.Inch, vg.Points(8), vg.Points(7)
	}
	line := cornerText(c.size, draw.XLeft, draw.YBottom).Height("Ag")
	c.gap = line + vg.Points(5)
	widest := vg.Length(0)
	sty := cornerText(c.tick, draw.XLeft, draw.YBottom)
	for i := 1; i < c.d; i++ {
		for _, t := range c.axes[i].ticksOf(c.fits(false)) {
			widest = max(widest, sty.Width(t.Label))
		}
	}
	c.left = margin + vg.Points(4)
	if c.d > 1 {
		c.left += line + vg.Points(8) + widest
	}
	c.bottom = margin + 2*line + vg.Points(8)
	if c.d == 1 {
		c.bottom -= line
	}
	grid := vg.Length(c.d)*c.side + vg.Length(c.d-1)*c.gap
	right := vg.Points(10)
	name := cornerText(c.size, draw.XLeft, draw.YBottom)
	for j, s := range c.names {
		right = max(right, name.Width(c.titleOf(s))-(grid-vg.Length(j)*(c.side+c.gap))+margin)
	}
	c.width = c.left + grid + right
	c.height = c.bottom + grid + line + vg.Points(6) + margin
	if c.d == 1 {
		c.height += vg.Length(len(c.entries())) * (line + vg.Points(3))
	} else {
		c.width = max(c.width, c.left+c.side+vg.Points(8)+c.legendWidth()+margin)
	}
	if c.title != "" {
		c.height += 1.4*line + vg.Points(10)
		c.width = max(c.width, cornerText(1.2*c.size, draw.XLeft, draw.YBottom).Width(c.title)+2*margin)
	}
}

// titleOf is a name above the diagonal, where it may be three inches long.
func (c *corner) titleOf(name string) string { return shorten(name, c.size, 3*vg.Inch) }

// shorten cuts the middle out of a text that is wider than most.
func shorten(s string, size, most vg.Length) string {
	sty := cornerText(size, draw.XLeft, draw.YBottom)
	if sty.Width(s) <= most {
		return s
	}
	r := []rune(s)
	for n := len(r) - 1; n > 2; n-- {
		if t := string(r[:(n+1)/2]) + "…" + string(r[len(r)-n/2:]); sty.Width(t) <= most {
			return t
		}
	}
	return string(r[:1]) + "…"
}

// fits tells whether numbers fit on an axis, across or up: they must stay clear of each
// other and of those of the next panel.
func (c *corner) fits(across bool) func([]plot.Tick, cornerAxis) bool {
	sty := cornerText(c.tick, draw.XLeft, draw.YBottom)
	return func(ticks []plot.Tick, a cornerAxis) bool {
		last := vg.Length(math.Inf(-1))
		for _, t := range ticks {
			w := sty.Width(t.Label) / 2
			if !across {
				w = sty.Height("0") / 2
			}
			at := c.side * vg.Length(a.share(t.Value))
			if at-w < last+vg.Points(4) || at-w < -c.gap/2+1 || at+w > c.side+c.gap/2-1 {
				return false
			}
			last = at + w
		}
		return true
	}
}

// ticksOf are at most four numbers on an axis that fit: as many as do.
func (a cornerAxis) ticksOf(fit func([]plot.Tick, cornerAxis) bool) []plot.Tick {
	for _, want := range []int{4, 3, 2, 1} {
		ticks := a.candidates(want)
		if len(ticks) > 0 && fit(ticks, a) {
			return ticks
		}
	}
	return nil
}

// candidates are about that many round numbers inside of the axis, away from its ends.
func (a cornerAxis) candidates(want int) (ticks []plot.Tick) {
	span := a.hi - a.lo
	lo, hi := a.lo+0.03*span, a.hi-0.03*span
	if a.log && span >= 1.2 {
		for e := int(math.Ceil(lo)); e <= int(math.Floor(hi)); e++ {
			ticks = append(ticks, plot.Tick{Value: float64(e), Label: logLabel(e, 1)})
		}
		if step := (len(ticks) + want - 1) / max(want, 1); step > 1 {
			kept := ticks[:0]
			for k := 0; k < len(ticks); k += step {
				kept = append(kept, ticks[k])
			}
			ticks = kept
		}
		return ticks
	}
	value, from, to := func(v float64) float64 { return v }, lo, hi
	if a.log {
		value, from, to = math.Log10, math.Pow(10, lo), math.Pow(10, hi)
	}
	step := roundStep((to - from) / float64(want))
	decimals := decimalsOf(step, to-from)
	for k := math.Ceil(from / step); k*step <= to; k++ {
		ticks = append(ticks, plot.Tick{Value: value(k * step), Label: linearLabel(k*step, decimals, to-from)})
	}
	return ticks
}

// roundStep is the least of 1, 2, 5 times a power of ten that is at least v.
func roundStep(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*p >= v*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// ticks draws the marks of a panel, and numbers at the left and at the bottom of the grid.
func (c *corner) ticks(p draw.Canvas, i, j int) {
	mark := draw.LineStyle{Color: black, Width: vg.Points(0.6)}
	long := vg.Points(2.5)
	for _, t := range c.axes[j].ticksOf(c.fits(true)) {
		x := p.Min.X + c.side*vg.Length(c.axes[j].share(t.Value))
		p.StrokeLine2(mark, x, p.Min.Y, x, p.Min.Y+long)
		if i == c.d-1 {
			p.FillText(cornerText(c.tick, draw.XCenter, draw.YTop), vg.Point{X: x, Y: p.Min.Y - vg.Points(2)}, t.Label)
		}
	}
	if i == j {
		return
	}
	for _, t := range c.axes[i].ticksOf(c.fits(false)) {
		y := p.Min.Y + c.side*vg.Length(c.axes[i].share(t.Value))
		p.StrokeLine2(mark, p.Min.X, y, p.Min.X+long, y)
		if j == 0 {
			p.FillText(cornerText(c.tick, draw.XRight, draw.YCenter), vg.Point{X: p.Min.X - vg.Points(3), Y: y}, t.Label)
		}
	}
}

// labels writes the names: above the diagonal in full, and on the axes as far as they fit.
func (c *corner) labels(canvas draw.Canvas) {
	for j, name := range c.names {
		p := c.panel(canvas, j, j)
		canvas.FillText(cornerText(c.size, draw.XLeft, draw.YBottom), vg.Point{X: p.Min.X, Y: p.Max.Y + vg.Points(2.5)}, c.titleOf(name))
		if c.d == 1 {
			return
		}
		short := shorten(name, c.size, c.side)
		p = c.panel(canvas, c.d-1, j)
		canvas.FillText(cornerText(c.size, draw.XCenter, draw.YBottom), vg.Point{X: p.Min.X + c.side/2, Y: canvas.Min.Y + margin}, short)
		if j == 0 {
			continue
		}
		p = c.panel(canvas, j, 0)
		up := cornerText(c.size, draw.XCenter, draw.YTop)
		up.Rotation = math.Pi / 2
		canvas.FillText(up, vg.Point{X: canvas.Min.X + margin, Y: p.Min.Y + c.side/2}, short)
	}
}

// entry is a line of the legend.
type entry struct {
	name  string
	layer *cornerLayer // nil: the truth
}

func (c *corner) entries() (list []entry) {
	for k := range c.layers {
		l := &c.layers[k]
		name := l.name
		if c.d > 1 && !l.diagonal {
			name += ": 50 and 90 %"
		}
		list = append(list, entry{name, l})
	}
	for _, a := range c.axes {
		if !math.IsNaN(a.truth) {
			return append(list, entry{name: "truth"})
		}
	}
	return list
}

const legendThumb = vg.Length(20)

func (c *corner) legendWidth() (w vg.Length) {
	sty := cornerText(c.size, draw.XLeft, draw.YCenter)
	for _, e := range c.entries() {
		w = max(w, sty.Width(e.name)+legendThumb+vg.Points(5))
	}
	return w
}

// legend is at the top right, where no panel is, or of one panel above it; the title is
// above all.
func (c *corner) legend(canvas draw.Canvas) {
	sty := cornerText(c.size, draw.XLeft, draw.YCenter)
	line := sty.Height("Ag")
	top := canvas.Max.Y - margin
	if c.title != "" {
		canvas.FillText(cornerText(1.2*c.size, draw.XLeft, draw.YTop), vg.Point{X: canvas.Min.X + margin, Y: top}, c.title)
		top -= 1.4*line + vg.Points(8)
	}
	list, thumb := c.entries(), legendThumb
	x := canvas.Min.X + c.left
	if c.d > 1 {
		x = canvas.Max.X - margin - c.legendWidth()
		top -= line + vg.Points(8) // below the name of the first column
	}
	for k, e := range list {
		y := top - vg.Length(k)*(line+vg.Points(3)) - line/2
		if e.layer == nil {
			canvas.StrokeLine2(truthStyle, x, y, x+thumb, y)
			canvas.DrawGlyph(draw.GlyphStyle{Color: black, Radius: vg.Points(1.8), Shape: draw.BoxGlyph{}}, vg.Point{X: x + thumb/2, Y: y})
		} else {
			if e.layer.fill {
				canvas.FillPolygon(faded(e.layer.color, 0.4), []vg.Point{{X: x, Y: y - 3}, {X: x + thumb, Y: y - 3}, {X: x + thumb, Y: y + 3}, {X: x, Y: y + 3}})
			}
			canvas.StrokeLine2(e.layer.line(), x, y, x+thumb, y)
		}
		canvas.FillText(sty, vg.Point{X: x + thumb + vg.Points(5), Y: y}, strings.TrimSpace(e.name))
	}
}
