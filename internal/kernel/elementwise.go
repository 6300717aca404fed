package kernel

import "math"

// Add sets dst = a + b. dst may be a or b. It panics unless the lengths agree.
func Add[T Float](dst, a, b []T) {
	same(a, len(dst))
	same(b, len(dst))
	if single[T]() && add32(f32(dst), f32(a), f32(b)) {
		return
	}
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// ReduceLanes sets dst = ((lanes[0] + lanes[1]) + lanes[2]) + …, the sum of
// gradient buffers in the order given; with no lanes dst is zero. dst may be
// lanes[0] and no other lane. It panics unless the lengths agree.
func ReduceLanes[T Float](dst []T, lanes [][]T) {
	for _, l := range lanes {
		same(l, len(dst))
	}
	switch len(lanes) {
	case 0:
		clear(dst)
		return
	case 1:
		copy(dst, lanes[0])
		return
	}
	// In pieces, so that dst stays in the first-level cache from lane to lane.
	const piece = 2048
	for i := 0; i < len(dst); i += piece {
		e := min(i+piece, len(dst))
		Add(dst[i:e], lanes[0][i:e], lanes[1][i:e])
		for _, l := range lanes[2:] {
			Add(dst[i:e], dst[i:e], l[i:e])
		}
	}
}

// ExpMinus sets y = exp(-x), element by element, where x counts as 60 above 60 and as -88 below
// -88: results are positive and finite, and so large that their products are not subnormal. NaN gives NaN. y may be x. It panics unless the lengths agree.
func ExpMinus[T Float](y, x []T) {
	same(y, len(x))
	if single[T]() && expMinus32(f32(y), f32(x)) {
		return
	}
	for i, v := range x {
		y[i] = T(math.Exp(-max(min(float64(v), 60), -88)))
	}
}

// SinCos sets sin = sin(x) and cos = cos(x), element by element; x in radians.
// Either may be x, but not both. It panics unless the lengths agree.
func SinCos[T Float](sin, cos, x []T) {
	same(sin, len(x))
	same(cos, len(x))
	if single[T]() && sinCos32(f32(sin), f32(cos), f32(x)) {
		return
	}
	for i, v := range x {
		s, c := math.Sincos(float64(v))
		sin[i], cos[i] = T(s), T(c)
	}
}
