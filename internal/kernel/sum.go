package kernel

// sumLanes is the number of partial sums of SumSquares.
const sumLanes = 16

// SumSquares returns the sum of squares of x, in float64 and in a fixed order:
// partial sum l takes elements l, l+16, l+32, …; then partial sums are folded
// in halves (8, 4, 2, 1). The squares of float32 are exact in float64, so all
// paths return the same bits but for subnormal elements.
func SumSquares[T Float](x []T) float64 {
	var s [sumLanes]float64
	i := 0
	if single[T]() {
		i = sumSquares32(&s, f32(x))
	}
	for ; i+sumLanes <= len(x); i += sumLanes {
		for l, v := range x[i : i+sumLanes] {
			f := float64(v)
			s[l] += float64(f * f)
		}
	}
	for l, v := range x[i:] {
		f := float64(v)
		s[l] += float64(f * f)
	}
	for h := sumLanes / 2; h > 0; h /= 2 {
		for l := range h {
			s[l] += s[l+h]
		}
	}
	return s[0]
}
