package toy

import (
	"math"

	"tweedie/internal/stream"
)

const (
	armMean     = 1.  // of the distance r along an arm
	armLength   = .3  // its standard deviation
	armWidth    = .1  // standard deviation of the distance s across
	armTwist    = .25 // rotation by twist exp(r)
	armScale    = 2.
	armOutside  = 6. // radius, before the scale, where logDensity gives up
	armSegments = 64 // of the angle, in the search for roots
)

// arm is one arm of a pinwheel: f = (r, s) ~ N((1, 0), diag(0.3², 0.1²)),
// turned by -a(r) with a(r) = start + exp(r)/4, doubled:
//
//	x = 2 (r cos a + s sin a),   y = 2 (s cos a - r sin a).
type arm struct{ start float64 }

// pinwheel has five arms, class k starting at 2πk/5 (Johnson et al. 2016,
// arXiv:1603.06277, with the constants of FFJORD).
func pinwheel() Law {
	var c []component
	for k := range 5 {
		c = append(c, arm{2 * math.Pi * float64(k) / 5})
	}
	return mixture(2.31779, c...)
}

func (a arm) angle(r float64) float64 { return a.start + armTwist*math.Exp(r) }

func (a arm) draw(rng *stream.Source) (x, y float64) {
	r := armMean + armLength*rng.NormFloat64()
	s := armWidth * rng.NormFloat64()
	sin, cos := math.Sincos(a.angle(r))
	return armScale * (r*cos + s*sin), armScale * (s*cos - r*sin)
}

// logDensity changes variables. The map keeps ρ = |(r, s)| and takes the polar
// angle θ of (r, s) to θ - a(ρ cos θ), so the preimages of a point of polar
// angle φ are the roots of
//
//	h(θ) = θ - a(ρ cos θ) - φ = 0   modulo 2π,   -π ≤ θ < π.
//
// The Jacobian determinant of (r, s) → (x, y)/2 is h'(θ) = 1 + s exp(r)/4. It
// is positive wherever f has any mass, so the segments of the search need not
// resolve double roots.
func (a arm) logDensity(x, y float64) float64 {
	rho, phi := math.Hypot(x, y)/armScale, math.Atan2(y, x)
	if rho > armOutside {
		return math.Inf(-1)
	}
	h := func(theta float64) (value, slope float64) {
		sin, cos := math.Sincos(theta)
		twist := armTwist * math.Exp(rho*cos)
		return theta - a.start - twist - phi, 1 + twist*rho*sin
	}
	const turn = 2 * math.Pi
	sum := newLogSum()
	left := -math.Pi
	hl, _ := h(left)
	for i := 1; i <= armSegments; i++ {
		right := -math.Pi + turn*float64(i)/armSegments
		hr, _ := h(right)
		// The roots in (left, right] are where h crosses a multiple of 2π.
		lo, hi := math.Floor(min(hl, hr)/turn), math.Floor(max(hl, hr)/turn)
		for k := lo + 1; k <= hi; k++ {
			sin, cos := math.Sincos(root(h, left, right, k*turn))
			sum.add(logArm(rho*cos, rho*sin))
		}
		left, hl = right, hr
	}
	return sum.log() - 2*math.Log(armScale)
}

// logArm returns the log density of f at (r, s) less the log of |h'|.
func logArm(r, s float64) float64 {
	u, v := (r-armMean)/armLength, s/armWidth
	return -(u*u+v*v)/2 - math.Log(2*math.Pi*armLength*armWidth) - math.Log(math.Abs(1+armTwist*math.Exp(r)*s))
}

// root returns where h, of which it gets value and slope, crosses target
// between a and b: Newton's method, with bisection where that leads out.
func root(h func(float64) (value, slope float64), a, b, target float64) float64 {
	ha, _ := h(a)
	below := ha < target
	x := (a + b) / 2
	for range 60 {
		v, slope := h(x)
		if (v < target) == below {
			a = x
		} else {
			b = x
		}
		next := x - (v-target)/slope
		if !(next > a && next < b) {
			next = (a + b) / 2
		}
		if math.Abs(next-x) < 1e-15 {
			return next
		}
		x = next
	}
	return x
}
