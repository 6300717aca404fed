package datasets

import (
	"math"
	"slices"
	"sort"
)

// Transform is a monotone map of a column's values to about the standard normal
// law, or merely to mean 0 and variance 1.
//
// With knots it is linear between the points (X[k], Z[k]), where
// Z = Φ⁻¹((c + ½)/(n + 1)) for c of n values below X: the empirical quantile
// transform. A frequent value has knots on both sides of its cell, so that its
// share is exact, and within the cell, so that z is normal there too. Without
// knots, z = (x - Mean)/Std.
//
// Values are dequantized first: x is uniform within the cell of one step around
// the value that was written, so that integers and rounded decimals have a
// density, and rounding x restores them exactly.
type Transform struct {
	Mean float64   `json:"mean"`
	Std  float64   `json:"std"` // of n and not n-1
	X    []float64 `json:"x,omitempty"`
	Z    []float64 `json:"z,omitempty"`
	// Slopes dx/dz below the lowest and above the highest knot, for columns
	// that are not clipped to the range that was seen.
	Tails [2]float64 `json:"tails,omitzero"`
}

// inner is the share of a cell that dequantized values fill: rounding stays off its edges.
const inner = 0.98

const (
	// piece is the largest share of the values between two knots within a cell.
	piece = 1. / 32
	// gap is the weight, in rows, of an interval without values between two
	// cells with knots of their own: rows met later may lie there.
	gap = 0.1
)

// fitTransform estimates the map of sorted values, in cells of step; knots ≤ 0 standardizes.
func fitTransform(sorted []float64, step float64, knots int) *Transform {
	return fitCells(sorted, step, func(float64) float64 { return step }, knots)
}

// fitCells is fitTransform of values in cells of their own width, which is step on average.
func fitCells(sorted []float64, step float64, width func(v float64) float64, knots int) *Transform {
	t := &Transform{}
	t.moments(sorted, step)
	if knots <= 0 || t.Std == 0 {
		return t
	}
	n := len(sorted)
	enough := max(n/knots, 1) // values between two knots
	last, gaps := 0, 0.0      // values below the last knot, weight of gaps
	for i := 0; i < n; {
		k := i + 1
		for k < n && sorted[k] == sorted[i] {
			k++
		}
		v, heavy := sorted[i], k-i >= enough && k-i > 1
		step := width(v)
		lo, hi := float64(i), float64(k)
		switch {
		case step == 0 && heavy: // all its mass is at one point
			if i > 0 && i == last {
				gaps += gap
			}
			t.add(v, lo+gaps)
			t.X, t.Z = append(t.X, v), append(t.Z, hi+gaps)
			last = k
		case step == 0 && (i == 0 || k == n || (i+k)/2-last >= enough):
			t.add(v, (lo+hi)/2+gaps)
			last = (i + k) / 2
		case step > 0:
			if heavy || i == 0 {
				if i > 0 && i == last && v-step/2 > t.X[len(t.X)-1]+step*1e-6 {
					gaps += gap
				}
				t.add(v-step/2, lo+gaps)
			}
			if heavy {
				pieces := int((hi-lo)/float64(n)/piece) + 1
				for p := 1; p < pieces; p++ {
					w := float64(p) / float64(pieces)
					t.add(v+(w-0.5)*step, lo+gaps+w*(hi-lo))
				}
			}
			if heavy || k == n || k-last >= enough {
				t.add(v+step/2, hi+gaps)
				last = k
			}
		}
		i = k
	}
	for k, cum := range t.Z {
		t.Z[k] = quantileNormal((cum + 0.5) / (float64(n) + gaps + 1))
	}
	t.tails()
	return t
}

// add appends a knot at x, below which cum values are, unless the last one has them too.
func (t *Transform) add(x, cum float64) {
	if k := len(t.X) - 1; k >= 0 && cum <= t.Z[k] {
		return
	}
	t.X, t.Z = append(t.X, x), append(t.Z, cum)
}

func (t *Transform) moments(sorted []float64, step float64) {
	lo, hi := sorted[0], sorted[len(sorted)-1]
	t.Mean = lo
	if lo == hi {
		return
	}
	width := hi - lo
	var mean, square float64
	for _, v := range sorted {
		mean += (v - lo) / width
	}
	mean /= float64(len(sorted))
	for _, v := range sorted {
		d := (v-lo)/width - mean
		square += d * d
	}
	t.Mean = lo + width*mean
	t.Std = width * math.Sqrt(square/float64(len(sorted))+step*step/12/width/width)
}

// tails estimates the slopes beyond the knots from the outer tenths.
func (t *Transform) tails() {
	z, last := quantileNormal(0.9), len(t.X)-1
	t.Tails = [2]float64{t.Std, t.Std}
	if t.Z[0] < -z-0.1 {
		t.Tails[0] = max((t.inverse(-z)-t.X[0])/(-z-t.Z[0]), t.Std*1e-3)
	}
	if t.Z[last] > z+0.1 {
		t.Tails[1] = max((t.X[last]-t.inverse(z))/(t.Z[last]-z), t.Std*1e-3)
	}
}

// segment returns the k of the segment from knot k-1 to knot k in which z lies.
func (t *Transform) segment(z float64) int {
	return min(max(sort.SearchFloat64s(t.Z, z), 1), len(t.Z)-1)
}

// inverse returns the x of z, clipped to the knots.
func (t *Transform) inverse(z float64) float64 {
	k := t.segment(z)
	w := (z - t.Z[k-1]) / (t.Z[k] - t.Z[k-1])
	switch {
	case w <= 0 || t.X[k] == t.X[k-1]:
		return t.X[k-1]
	case w >= 1:
		return t.X[k]
	}
	return t.X[k-1] + w*(t.X[k]-t.X[k-1])
}

// forward maps a value with a cell of width step, r uniform on [0, 1). Beyond the knots it
// follows the tails if open, and stays at the ends otherwise.
func (t *Transform) forward(v, step, r float64, open bool) float64 {
	x := v + (r-0.5)*inner*step
	if t.X == nil {
		if t.Std == 0 {
			return 0
		}
		return (x - t.Mean) / t.Std
	}
	last := len(t.X) - 1
	lo := sort.SearchFloat64s(t.X, x) // first with X ≥ x
	switch {
	case lo > last && open:
		return t.Z[last] + (x-t.X[last])/t.Tails[1]
	case lo > last:
		return t.Z[last]
	case t.X[lo] == x:
		hi := lo // a point with mass has several z
		for hi < last && t.X[hi+1] == x {
			hi++
		}
		return t.Z[lo] + r*(t.Z[hi]-t.Z[lo])
	case lo == 0 && open:
		return t.Z[0] - (t.X[0]-x)/t.Tails[0]
	case lo == 0:
		return t.Z[0]
	}
	w := (x - t.X[lo-1]) / (t.X[lo] - t.X[lo-1])
	return t.Z[lo-1] + w*(t.Z[lo]-t.Z[lo-1])
}

// backward maps z to a value that is not rounded yet.
func (t *Transform) backward(z float64, open bool) float64 {
	if t.X == nil {
		return t.Mean + t.Std*z
	}
	if last := len(t.X) - 1; open && z > t.Z[last] {
		return t.X[last] + (z-t.Z[last])*t.Tails[1]
	} else if open && z < t.Z[0] {
		return t.X[0] + (z-t.Z[0])*t.Tails[0]
	}
	return t.inverse(z)
}

// logSlope returns ln dx/dz, beyond knots that clip that of the last segment.
func (t *Transform) logSlope(z float64, open bool) float64 {
	if t.X == nil {
		return math.Log(t.Std)
	}
	if last := len(t.X) - 1; open && z > t.Z[last] {
		return math.Log(t.Tails[1])
	} else if open && z < t.Z[0] {
		return math.Log(t.Tails[0])
	}
	k := t.segment(z)
	return math.Log((t.X[k] - t.X[k-1]) / (t.Z[k] - t.Z[k-1]))
}

func quantileNormal(u float64) float64 {
	if u > 0.5 {
		return -quantileNormal(1 - u)
	}
	return -math.Sqrt2 * math.Erfcinv(2*u)
}

func (t *Transform) invalid() string {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	switch {
	case !finite(t.Mean) || !finite(t.Std) || t.Std < 0:
		return "impossible statistics"
	case len(t.X) == 0 && len(t.Z) == 0:
		return ""
	case len(t.X) < 2 || len(t.X) != len(t.Z) || !slices.IsSorted(t.X):
		return "knots out of order"
	case !finite(t.X[0]) || !finite(t.X[len(t.X)-1]) || !finite(t.Z[0]) || !finite(t.Z[len(t.Z)-1]):
		return "impossible knots"
	case !(t.Tails[0] > 0 && t.Tails[1] > 0) || !finite(t.Tails[0]) || !finite(t.Tails[1]):
		return "impossible tails"
	}
	for k := 1; k < len(t.Z); k++ {
		if !(t.Z[k] > t.Z[k-1]) {
			return "knots out of order"
		}
	}
	return ""
}
