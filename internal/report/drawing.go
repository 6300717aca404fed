package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Drawing is a small plot that takes its colors from the page, so that it is legible on a
// light and on a dark ground. Two tables are told apart by more than color: the first is
// filled, the second an outline.
type Drawing interface{ svg(b *canvas) }

// Panel is a Drawing under a title and over a note. Panels stand side by side where the
// page is wide enough.
type Panel struct {
	Title, Note string
	Drawing     Drawing
}

// Key names the colors of a section: the first table and the second, either of them empty
// where there is none. Lines says that both are drawn as lines, the second broken.
type Key struct {
	First, Second string
	Lines         bool
}

// canvas is an SVG in the making, in units of which a panel is width wide.
type canvas struct {
	strings.Builder
	height float64
}

const width = 240.0

// draw returns a drawing as an SVG element. The alternative text is the panel's title.
func draw(p Panel) template.HTML {
	var c canvas
	p.Drawing.svg(&c)
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %g %s" role="img" aria-label="%s">%s</svg>`, width, coordinate(c.height), template.HTMLEscapeString(p.Title), c.String()))
}

// coordinate is v with at most one decimal.
func coordinate(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

func (c *canvas) rect(class string, x, y, w, h float64) {
	fmt.Fprintf(c, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, coordinate(x), coordinate(y), coordinate(w), coordinate(h))
}

func (c *canvas) path(class, d string) {
	fmt.Fprintf(c, `<path class="%s" d="%s"/>`, class, d)
}

// Bins are two histograms on the same bins: shares of the cells, the first table filled and
// the second an outline. Low and High label the ends of the axis.
type Bins struct {
	Low, High     string
	First, Second []float64
}

func (d Bins) svg(c *canvas) {
	const top, bottom = 6.0, 96.0
	c.height = 114
	tallest := 0.0
	for _, series := range [][]float64{d.First, d.Second} {
		for _, v := range series {
			tallest = math.Max(tallest, v)
		}
	}
	if tallest == 0 {
		tallest = 1
	}
	outline := func(v []float64) string {
		var b strings.Builder
		w := width / float64(max(1, len(v)))
		fmt.Fprintf(&b, "M0 %g", bottom)
		for i, share := range v {
			fmt.Fprintf(&b, "V%sH%s", coordinate(bottom-(bottom-top)*share/tallest), coordinate(float64(i+1)*w))
		}
		fmt.Fprintf(&b, "V%g", bottom)
		return b.String()
	}
	c.path("first", outline(d.First)+"Z")
	c.path("second", outline(d.Second))
	c.path("axis", fmt.Sprintf("M0 %gH%g", bottom, width))
	c.text("start", 0, bottom+13, d.Low, width/2-4)
	c.text("end", width, bottom+13, d.High, width/2-4)
}

// Levels are shares of two tables by name, as pairs of bars; Full is the share of a bar of
// full length, by default the greatest one.
type Levels struct {
	Names         []string
	First, Second []float64
	Full          float64
}

func (d Levels) svg(c *canvas) {
	const label, row = 96.0, 17.0
	c.height = row*float64(len(d.Names)) + 2
	full := d.Full
	if full == 0 {
		for i := range d.Names {
			full = max(full, d.First[i], d.Second[i])
		}
	}
	if full == 0 {
		full = 1
	}
	const most = width - label - 44
	short := shortenAll(d.Names, label-4, textSize)
	for i, name := range d.Names {
		y := row * float64(i)
		c.cut("start", 0, y+11.5, name, short[i], textSize)
		c.rect("first", label, y+2, most*d.First[i]/full, 6)
		c.rect("second", label, y+8.5, most*d.Second[i]/full, 5)
		c.text("start", label+most*max(d.First[i], d.Second[i])/full+4, y+11.5, percent(d.Second[i]), 0)
	}
}

func percent(share float64) string {
	switch p := 100 * share; {
	case p == 0:
		return "0 %"
	case p < 1:
		return "< 1 %"
	default:
		return fmt.Sprintf("%.0f %%", p)
	}
}
