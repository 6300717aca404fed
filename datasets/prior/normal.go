package prior

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"tweedie/internal/numeric"
)

// logCDF is ln Φ(z), to rounding in both tails.
func logCDF(z float64) float64 {
	switch {
	case z > 5:
		return math.Log1p(-math.Erfc(z/math.Sqrt2) / 2)
	case z > -20:
		return math.Log(math.Erfc(-z/math.Sqrt2) / 2)
	case math.IsInf(z, -1):
		return z
	}
	// The asymptotic series of Mills' ratio; at 20 its terms fall below 1e-17.
	q, term, sum := 1/(z*z), 1.0, 1.0
	for k := 1; k < 16; k++ {
		term *= -float64(2*k-1) * q
		sum += term
	}
	return logPhi(z) - math.Log(-z) + math.Log(sum)
}

// logPhi is ln φ(z).
func logPhi(z float64) float64 { return -z*z/2 - numeric.HalfLog2Pi }

// quantile is the z with ln Φ(z) = l, for l ≤ 0, by Newton's method on ln Φ, which is
// concave: from below it rises to the root.
func quantile(l float64) float64 {
	switch {
	case l >= 0:
		return math.Inf(1)
	case math.IsInf(l, -1):
		return l
	case l > -math.Ln2: // the other tail has the digits
		return -quantile(log1mexp(l))
	}
	z := -math.Sqrt(-2 * l)
	for range 60 {
		c := logCDF(z)
		step := (l - c) * math.Exp(c-logPhi(z))
		z += step
		if math.Abs(step) <= 1e-16*(1+math.Abs(z)) {
			break
		}
	}
	return z
}

// log1mexp is ln(1 - e^l) for l < 0.
func log1mexp(l float64) float64 {
	if l > -math.Ln2 {
		return math.Log(-math.Expm1(l))
	}
	return math.Log1p(-math.Exp(l))
}

// logSum is ln(e^a + e^b).
func logSum(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(a, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// fromTails is the z of lower and upper tails ln F and ln (1-F), by the smaller.
func fromTails(lower, upper float64) float64 {
	if lower < upper {
		return quantile(lower)
	}
	return -quantile(upper)
}

// logMass is ln (Φ(a+gap) - Φ(a)), gap > 0.
func logMass(a, gap float64) float64 {
	b := a + gap
	if gap < 1 { // nothing cancels in the integral
		sum := 0.0
		mid := a + gap/2
		for i, x := range legendre.x {
			u := gap * x
			sum += legendre.w[i] * math.Exp(-u*(mid+u/2))
		}
		return logPhi(mid) + math.Log(gap*sum)
	}
	if a > 0 {
		a, b = -b, -a
	}
	hi, lo := logCDF(b), logCDF(a)
	return hi + log1mexp(lo-hi)
}

// legendre is the Gauss-Legendre rule on [-½, ½].
var legendre = func() (r struct{ x, w [20]float64 }) {
	quad.Legendre{}.FixedLocations(r.x[:], r.w[:], -.5, .5)
	return r
}()

// inside moves a z that is infinite, of a θ on the border, to 2⁻⁵⁴ of the mass.
func inside(z float64) float64 {
	if math.IsInf(z, 0) {
		return math.Copysign(borderZ, z)
	}
	return z
}

var borderZ = -quantile(-54 * math.Ln2)

// solve returns the u in [lo, hi] at which the rising function z(u) is at, by Newton's
// method from u within a bracket that it shrinks. f returns z and its slope.
func solve(at, u, lo, hi float64, f func(u float64) (z, slope float64)) float64 {
	for range 200 {
		z, slope := f(u)
		switch {
		case z < at:
			lo = u
		case z > at:
			hi = u
		default:
			return u
		}
		next := u + (at-z)/slope
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
		}
		if next == u || math.Abs(next-u) <= 1e-16*math.Abs(u) {
			return next
		}
		u = next
	}
	return u
}
