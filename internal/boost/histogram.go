package boost

import "math"

// sum is ΣG and ΣH of some rows in fixed point.
type sum struct{ g, h int64 }

func (a *sum) add(b sum) { a.g += b.g; a.h += b.h }
func (a *sum) sub(b sum) { a.g -= b.g; a.h -= b.h }

// bits is the number of bits below which the sum over all rows stays.
const bits = 62

// scale returns the power of two by which n numbers up to top are multiplied so that their
// sum fits into bits bits. The rounding of a number is 2⁻⁶²·n·top.
func scale(top float64, n int) float64 {
	_, e := math.Frexp(top)
	_, f := math.Frexp(float64(n))
	return math.Ldexp(1, min(bits-e-f, 1000))
}

func fixed(v, scale float64) int64 { return int64(math.RoundToEven(v * scale)) }

// counts is the histogram of a bundle, of fixed length so that every code is within it.
type counts [maxBins]sum

// fill sets the first size entries of c from rows and their derivatives gh.
func (c *counts) fill(size int, code []uint8, rows []int32, gh []sum) {
	clear(c[:size])
	gh = gh[:len(rows)]
	for k, r := range rows {
		s := &c[code[r]]
		s.g += gh[k].g
		s.h += gh[k].h
	}
}

func (c *counts) subtract(size int, b *counts) {
	for k := range c[:size] {
		c[k].sub(b[k])
	}
}

// unpack writes the histogram over the slots of member m to dst; total is the node's sum.
func (c *counts) unpack(dst *counts, m *member, slots int, total sum) {
	rest := total
	for s := range slots {
		if s != m.common {
			dst[s] = c[m.code(s)]
			rest.sub(dst[s])
		}
	}
	dst[m.common] = rest
}
