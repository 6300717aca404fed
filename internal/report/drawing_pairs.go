package report

import (
	"fmt"
	"math"
	"strings"
)

// Heat is a square of values from -1 to 1, row by row, over the same names in both
// directions; NaN is left empty. Values above zero have the color of the second table and
// those below that of the first, the deeper the further from zero.
type Heat struct {
	Names  []string
	Values [][]float64
	Signed bool // values below zero occur
}

// NamedCells is the greatest number of names that a Heat has room for.
const NamedCells = 25

// heatSteps is the number of shades on each side of zero.
const heatSteps = 10

func (d Heat) svg(c *canvas) {
	n := len(d.Names)
	left, letters := 2.0, min(textSize, 226/(float64(n)+7.6)) // no higher than a cell, of eight in front of it
	if n <= NamedCells {
		left = 8 * letters
	}
	side := (width - left - 2) / float64(n)
	groups := map[int]*strings.Builder{}
	for i, row := range d.Values {
		for j, v := range row {
			k := int(math.Round(heatSteps * math.Max(-1, math.Min(1, v))))
			if math.IsNaN(v) || k == 0 {
				continue
			}
			if groups[k] == nil {
				groups[k] = new(strings.Builder)
			}
			fmt.Fprintf(groups[k], "M%d %dh1v1h-1z", j, i)
		}
	}
	fmt.Fprintf(c, `<g transform="translate(%s 2) scale(%.4f)">`, coordinate(left), side)
	for k := -heatSteps; k <= heatSteps; k++ {
		if groups[k] != nil {
			fmt.Fprintf(c, `<path class="%s" fill-opacity="%.1f" d="%s"/>`, tint(k), math.Abs(float64(k))/heatSteps, groups[k])
		}
	}
	c.WriteString("</g>")
	size := side * float64(n)
	c.path("frame", fmt.Sprintf("M%s 2h%sv%sh-%sz", coordinate(left), coordinate(size), coordinate(size), coordinate(size)))
	if n <= NamedCells {
		short := shortenAll(d.Names, left-6, letters)
		for i, name := range d.Names {
			c.cut("end", left-4, 2+side*(float64(i)+0.5)+0.35*letters, name, short[i], letters)
		}
	}
	c.scale(size+10, d.Signed)
}

func tint(k int) string {
	if k < 0 {
		return "cold"
	}
	return "warm"
}

// scale draws the shades and what they stand for.
func (c *canvas) scale(y float64, signed bool) {
	from, low := 0, "0"
	if signed {
		from, low = -heatSteps, "−1"
	}
	w := 100.0 / float64(heatSteps-from+1)
	x := (width - 100) / 2
	for k := from; k <= heatSteps; k++ {
		fmt.Fprintf(c, `<rect class="%s" fill-opacity="%.1f" x="%s" y="%s" width="%s" height="8"/>`, tint(k), math.Abs(float64(k))/heatSteps, coordinate(x+w*float64(k-from)), coordinate(y), coordinate(w))
	}
	c.path("frame", fmt.Sprintf("M%s %sh100v8h-100z", coordinate(x), coordinate(y)))
	c.text("end", x-5, y+8, low, 0)
	c.text("start", x+105, y+8, "1", 0)
	c.height = y + 13
}

// Dots are points of one table in the unit square, with the names of the axes and of the ends
// of each.
type Dots struct {
	X, Y        string
	XLow, XHigh string
	YLow, YHigh string
	Points      [][2]float64 // shares of the axes
	Second      bool         // of the second table
}

func (d Dots) svg(c *canvas) {
	const left, top, size = 2.0, 15.0, 160.0
	c.height = top + size + 29
	var b strings.Builder
	for _, p := range d.Points {
		fmt.Fprintf(&b, "M%s %sh0", coordinate(left+4+(width-left-10)*p[0]), coordinate(top+4+(size-8)*(1-p[1])))
	}
	class := "dots one"
	if d.Second {
		class = "dots two"
	}
	c.path("frame", fmt.Sprintf("M%g %gH%gV%gH%gZ", left, top, width-2, top+size, left))
	c.path(class, b.String())
	c.text("start", left, top+size+12, d.XLow, (width-left)/2-6)
	c.text("end", width-2, top+size+12, d.XHigh, (width-left)/2-6)
	c.text("middle", (left+width)/2, top+size+25, d.X, width-left)
	c.text("start", left, top-4, fmt.Sprintf("%s: %s to %s", shorten(d.Y, 0.46*width, textSize), shorten(d.YLow, 0.22*width, textSize), shorten(d.YHigh, 0.22*width, textSize)), 0)
}
