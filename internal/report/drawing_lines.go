package report

import (
	"fmt"
	"math"
	"strings"
)

// Lines are at most two curves over the same axis, such as losses over steps. Values that are
// not finite make a gap.
type Lines struct {
	X, Y          string // what the axes show
	At            []float64
	First, Second []float64
}

func (d Lines) svg(c *canvas) {
	const left, top, bottom = 54.0, 16.0, 114.0
	c.height = bottom + 30
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range [][]float64{d.First, d.Second} {
		for _, v := range s {
			if !math.IsNaN(v - v) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	if !(lo <= hi) || len(d.At) == 0 {
		c.text("middle", width/2, top+40, "nothing finite to draw", 0)
		return
	}
	from, to := d.At[0], d.At[len(d.At)-1]
	if hi == lo {
		lo, hi = lo-0.5, hi+0.5
	}
	if to == from {
		from, to = from-0.5, to+0.5
	}
	at := func(i int, v float64) string {
		return coordinate(left+(width-left-4)*(d.At[i]-from)/(to-from)) + " " + coordinate(bottom-(bottom-top)*(v-lo)/(hi-lo))
	}
	c.path("axis", fmt.Sprintf("M%g %gV%gH%g", left, top, bottom, width))
	c.curve("one", d.First, at)
	if d.Second != nil {
		c.curve("two", d.Second, at)
	}
	c.text("end", left-3, top+7, brief(hi), 0)
	c.text("end", left-3, bottom, brief(lo), 0)
	c.text("start", left, bottom+13, fmt.Sprintf("%.6g", d.At[0]), 0)
	c.text("end", width, bottom+13, fmt.Sprintf("%.6g", d.At[len(d.At)-1]), 0)
	c.text("middle", (left+width)/2, bottom+26, d.X, width-left)
	c.text("start", left, top-5, d.Y, width-left)
}

// curve draws values as lines, broken where one is not finite, and one between two such as a
// dot. at is the place of the i-th.
func (c *canvas) curve(class string, values []float64, at func(i int, v float64) string) {
	var line, dots strings.Builder
	finite := func(i int) bool { return i >= 0 && i < len(values) && !math.IsNaN(values[i]-values[i]) }
	for i, v := range values {
		switch {
		case !finite(i):
		case finite(i - 1):
			line.WriteString("L" + at(i, v))
		case finite(i + 1):
			line.WriteString("M" + at(i, v))
		default:
			dots.WriteString("M" + at(i, v) + "h0")
		}
	}
	if line.Len() > 0 {
		c.path("line "+class, line.String())
	}
	if dots.Len() > 0 {
		c.path("alone "+class, dots.String())
	}
}

// brief writes v in at most seven letters.
func brief(v float64) string {
	if s := fmt.Sprintf("%.3g", v); len(s) <= 6 {
		return s
	}
	return fmt.Sprintf("%.1e", v)
}
