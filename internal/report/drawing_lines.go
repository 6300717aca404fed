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
	const left, top, bottom = 46.0, 14.0, 112.0
	c.height = bottom + 26
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range [][]float64{d.First, d.Second} {
		for _, v := range s {
			if !math.IsNaN(v - v) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	if !(lo <= hi) || len(d.At) == 0 {
		c.text("middle", width/2, top+40, "nothing finite to draw", 40)
		return
	}
	from, to := d.At[0], d.At[len(d.At)-1]
	if hi == lo {
		lo, hi = lo-0.5, hi+0.5
	}
	if to == from {
		from, to = from-0.5, to+0.5
	}
	line := func(s []float64) string {
		var b strings.Builder
		open := false
		for i, v := range s {
			if math.IsNaN(v - v) {
				open = false
				continue
			}
			op := "M"
			if open {
				op = "L"
			}
			fmt.Fprintf(&b, "%s%s %s", op, coordinate(left+(width-left-4)*(d.At[i]-from)/(to-from)), coordinate(bottom-(bottom-top)*(v-lo)/(hi-lo)))
			open = true
		}
		return b.String()
	}
	c.path("axis", fmt.Sprintf("M%g %gV%gH%g", left, top, bottom, width))
	c.path("line one", line(d.First))
	if d.Second != nil {
		c.path("line two", line(d.Second))
	}
	c.text("end", left-3, top+6, brief(hi), 8)
	c.text("end", left-3, bottom, brief(lo), 8)
	c.text("start", left, bottom+12, fmt.Sprintf("%.6g", d.At[0]), 10)
	c.text("end", width, bottom+12, fmt.Sprintf("%.6g", d.At[len(d.At)-1]), 10)
	c.text("middle", (left+width)/2, bottom+24, d.X, 40)
	c.text("start", left, top-4, d.Y, 44)
}

// brief writes v in at most seven letters.
func brief(v float64) string {
	if s := fmt.Sprintf("%.3g", v); len(s) <= 6 {
		return s
	}
	return fmt.Sprintf("%.1e", v)
}
