package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// histogram is that of a sample on an axis: bins of equal width between two shares of the
// axis, and their densities per length of the axis.
type histogram struct {
	from, to float64
	heights  []float64
}

// newHistogram counts v. The bins begin and end with the sample where that is within the
// axis, so that none of a bounded law lies half outside of it.
func newHistogram(v []float64, a cornerAxis) histogram {
	sorted := slices.Sorted(slices.Values(v))
	n := len(sorted)
	h := histogram{from: math.Max(0, a.share(sorted[0])), to: math.Min(1, a.share(sorted[n-1]))}
	if h.to-h.from < 1e-6 { // one number, or none on the axis
		h.from, h.to = 0, 1
	}
	width := 3.5 * spreadOf(sorted) / math.Cbrt(float64(n)) // Scott 1979
	bins := int(min(60, max(12, (h.to-h.from)*(a.hi-a.lo)/math.Max(width, 1e-300))))
	h.heights = make([]float64, bins)
	each := float64(bins) / (h.to - h.from)
	for _, x := range sorted {
		if s := a.share(x); s >= h.from && s <= h.to {
			h.heights[min(int((s-h.from)*each), bins-1)] += each / float64(n)
		}
	}
	return h
}

// outline are the corners of the histogram in a panel of a side at a point, where the
// density most would be as high as the panel.
func (h histogram) outline(at vg.Point, side vg.Length, most float64) []vg.Point {
	x := func(b int) vg.Length {
		return at.X + side*vg.Length(h.from+(h.to-h.from)*float64(b)/float64(len(h.heights)))
	}
	steps := []vg.Point{{X: x(0), Y: at.Y}}
	for b, height := range h.heights {
		y := at.Y + side*vg.Length(height/most)
		steps = append(steps, vg.Point{X: x(b), Y: y}, vg.Point{X: x(b + 1), Y: y})
	}
	return append(steps, vg.Point{X: x(len(h.heights)), Y: at.Y})
}
