package figure

import (
	"math"
	"testing"

	"tweedie/internal/stream"
)

// A law with ends is as high there as in its middle: no bin is half outside of it. What
// is drawn within the axis is the share of the sample that lies there.
func TestHistogramAtEnds(t *testing.T) {
	rng := stream.New(1, "figure/histogram")
	v := make([]float64, 20000)
	for i := range v {
		v[i] = -3 + 6*rng.Float64()
	}
	for _, c := range []struct{ lo, hi, share float64 }{{-3.42, 3.42, 1}, {-3.1, 3.6, 1}, {-1, 1, 1. / 3}} {
		a := cornerAxis{lo: c.lo, hi: c.hi}
		h := newHistogram(v, a)
		width, sum := (h.to-h.from)/float64(len(h.heights)), 0.0
		for b, height := range h.heights {
			sum += height * width
			if got := height / (c.hi - c.lo); math.Abs(got*6-1) > 0.15 {
				t.Errorf("axis [%g, %g]: bin %d of %d has the density %.4f, want %.4f", c.lo, c.hi, b, len(h.heights), got, 1./6)
			}
		}
		if math.Abs(sum-c.share) > 0.02 {
			t.Errorf("axis [%g, %g]: the area is %.3f, want %.3f", c.lo, c.hi, sum, c.share)
		}
	}
}

// Numbers that are all the same have one bin about them.
func TestHistogramOfConstants(t *testing.T) {
	h := newHistogram([]float64{3, 3, 3}, cornerAxis{lo: 1, hi: 5})
	full := 0
	for _, height := range h.heights {
		if height > 0 {
			full++
		}
	}
	if h.from != 0 || h.to != 1 || full != 1 {
		t.Errorf("from %g to %g with %d bins that are not empty", h.from, h.to, full)
	}
}
