package sde

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"tweedie/internal/stream"
)

// truncation describes N(m, s²) restricted to an interval.
type truncation struct {
	mean  float64 // of the restricted law
	shift float64 // (mean - m)/s
	ratio float64 // its variance divided by s²
	logZ  float64 // log of the mass of N(m, s²) in the interval
}

// truncate returns the moments of N(m, s²) restricted to [lo, hi], accurate also
// where the textbook formulas (Johnson, Kotz & Balakrishnan 1994, section 10.1),
// with a = (lo-m)/s and b = (hi-m)/s,
//
//	shift = (φ(a) - φ(b))/Z     ratio = 1 + (a φ(a) - b φ(b))/Z - shift²     Z = Φ(b) - Φ(a)
//
// lose their digits: far outside the interval, where Z underflows, and on an
// interval much narrower than s, where everything cancels. With s = 0 the law is
// a point, moved to the nearer end if it lies outside.
func truncate(m, s, lo, hi float64) truncation {
	a, b := lo-m, hi-m
	if -a > b { // m is nearer to hi: reflect, so that |a| ≤ b
		r := truncate(-m, s, -hi, -lo)
		r.mean, r.shift = -r.mean, -r.shift
		return r
	}
	a, b = a/s, b/s
	length := (hi - lo) / s // not b - a, whose digits go when the interval is far and narrow
	if s == 0 || math.IsInf(a, 1) {
		if lo <= m && m <= hi {
			return truncation{m, 0, 1, 0}
		}
		return truncation{lo, math.Inf(1), 0, math.Inf(-1)}
	}
	if a > 2 || length < 1 {
		return truncateByQuadrature(s, lo, hi, a, length)
	}
	z := (math.Erfc(a/math.Sqrt2) - math.Erfc(b/math.Sqrt2)) / 2
	r := truncation{shift: (phi(a) - phi(b)) / z, logZ: math.Log(z)}
	r.ratio = 1 + (zphi(a)-zphi(b))/z - r.shift*r.shift
	r.mean = math.Min(math.Max(m+s*r.shift, lo), hi)
	return r
}

// truncateByQuadrature takes the moments of exp(-a u - u²/2) over u in
// [0, length], u being the distance from lo in units of s. Every term is positive
// and the exponent spans at most 40, so the rule is exact to rounding.
func truncateByQuadrature(s, lo, hi, a, length float64) truncation {
	// The upper end is length or, if nearer, where the integrand has fallen by e⁻⁴⁰.
	end := math.Min(length, 80/(a+math.Hypot(a, math.Sqrt(80))))
	var f [legendreNodes]float64
	var mass, mean, variance float64
	for i, x := range legendre.x {
		u := end * x
		f[i] = legendre.w[i] * math.Exp(-u*(a+u/2))
		mass += f[i]
		mean += f[i] * x
	}
	mean /= mass
	for i, x := range legendre.x {
		variance += f[i] * (x - mean) * (x - mean)
	}
	u := end * mean
	return truncation{
		mean:  math.Min(lo+s*u, hi),
		shift: a + u,
		ratio: end * end * variance / mass,
		logZ:  -a*a/2 - math.Log(2*math.Pi)/2 + math.Log(mass*end),
	}
}

const legendreNodes = 40

// legendre is the Gauss-Legendre rule on [0, 1].
var legendre = func() (r struct{ x, w [legendreNodes]float64 }) {
	quad.Legendre{}.FixedLocations(r.x[:], r.w[:], 0, 1)
	return r
}()

func phi(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

// zphi is z φ(z), 0 at infinity.
func zphi(z float64) float64 {
	if math.Abs(z) > 40 {
		return 0 // φ has underflowed
	}
	return z * phi(z)
}

// drawTruncated draws from N(m, s²) restricted to [lo, hi] by rejection (Robert
// 1995, Statistics and Computing 5, 121).
func drawTruncated(m, s, lo, hi float64, src *stream.Source) float64 {
	if -(lo - m) > hi-m {
		return -drawTruncated(-m, s, -hi, -lo, src)
	}
	a, length := (lo-m)/s, (hi-lo)/s
	for {
		var u, accept float64 // u is the distance from lo in units of s
		switch rate := (a + math.Sqrt(a*a+4)) / 2; {
		case a <= 0 && length > 2:
			u, accept = src.NormFloat64()-a, 1
		case rate*length > 1 && a > 0:
			u = src.ExpFloat64() / rate
			r := a + u - rate
			accept = math.Exp(-r * r / 2)
		default:
			u = src.Float64() * length
			z := a + u
			accept = math.Exp((math.Max(a, 0)*math.Max(a, 0) - z*z) / 2)
		}
		if u >= 0 && u <= length && src.Float64() <= accept {
			if a == math.Inf(-1) {
				return m + s*src.NormFloat64()
			}
			return math.Min(lo+s*u, hi)
		}
	}
}
