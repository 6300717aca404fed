package sde

import (
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

// rule integrates over u with the weight exp(-h),
//
//	h(u) = u²/2 + (x - α T(u))²/2σ²,
//
// and keeps what it found, so that moments can be taken about their mean. T being
// monotone, the second term has one minimum, at u* with α T(u*) = x; outside of
// the interval between 0 and u* both terms grow, and h by at least what u²/2
// does. The interval with these margins is cut into panels that narrow towards
// u*, where for small σ all of the weight is, and panels are halved until halving
// them changes nothing.
type rule struct {
	l     *Transformed
	c     Coeff
	x     float64
	ref   float64 // a value of h near its least
	total float64 // about the mass, in units of exp(-ref)
	tol   float64 // of the mass
	scale float64 // of T

	cuts          []float64
	value, weight []float64
}

// nodes holds rules, which are scratch.
var nodes = sync.Pool{New: func() any { return new(rule) }}

const (
	panelNodes = 12
	panelError = 1e-13 // of the mass
	panelDepth = 30
	mostNodes  = 1 << 14 // where rounding keeps halves from agreeing
	margin     = 110     // in units of u²: twice what the weight falls by, in nats
)

// panelRule is the Gauss-Legendre rule on [0, 1].
var panelRule = func() (r struct{ x, w [panelNodes]float64 }) {
	quad.Legendre{}.FixedLocations(r.x[:], r.w[:], 0, 1)
	return r
}()

func (r *rule) h(u float64) (h, v float64) {
	v = r.l.T(u)
	z := (r.x - r.c.Alpha*v) / r.c.Sigma
	return u*u/2 + z*z/2, v
}

// integrate finds the nodes for one number x.
func (r *rule) integrate(l *Transformed, c Coeff, x float64) {
	*r = rule{l: l, c: c, x: x, cuts: r.cuts, value: r.value[:0], weight: r.weight[:0]}
	peak, width := 0.0, 1.0
	if !math.IsInf(c.Sigma, 1) {
		peak = l.inverse(x / c.Alpha)
		if slope := math.Abs(l.T(peak+1e-6)-l.T(peak-1e-6)) / 2e-6; slope > 0 {
			width = math.Min(1, c.Sigma/(c.Alpha*slope))
		}
	}
	width = math.Max(width, 1e-9)
	lo, hi := math.Min(0, peak), math.Max(0, peak)
	lo, hi = -math.Sqrt(lo*lo+margin), math.Sqrt(hi*hi+margin)
	// Nearer than x is known in units of σ, nothing is.
	r.tol = panelError
	if z := math.Abs(x) / c.Sigma; z > 0 {
		r.tol += 1e-14 * z
	}
	var at float64
	r.ref, at = r.h(peak)
	r.scale = math.Abs(at) + math.Abs(l.mean) + math.Sqrt(l.variance)
	if l.variance == 0 {
		r.scale = math.Abs(l.T(1)) + math.Abs(l.T(-1))
	}
	for k := range 257 {
		if h, _ := r.h(lo + (hi-lo)*float64(k)/256); h < r.ref {
			r.ref = h
		}
	}
	r.cuts = append(r.cuts[:0], peak)
	for u, step := peak, 2*width; u < hi; step = math.Min(2*step, 1) {
		u = math.Min(u+step, hi)
		r.cuts = append(r.cuts, u)
	}
	slices.Reverse(r.cuts)
	for u, step := peak, 2*width; u > lo; step = math.Min(2*step, 1) {
		u = math.Max(u-step, lo)
		r.cuts = append(r.cuts, u)
	}
	for k := range len(r.cuts) - 1 {
		m, _ := r.panel(r.cuts[k+1], r.cuts[k])
		r.total += m
	}
	for k := range len(r.cuts) - 1 {
		m, f := r.panel(r.cuts[k+1], r.cuts[k])
		r.refine(r.cuts[k+1], r.cuts[k], m, f, 0)
	}
}

// panel returns the mass on [a, b] and its first moment.
func (r *rule) panel(a, b float64) (mass, first float64) {
	for k, x := range panelRule.x {
		w, v := r.at(a, b, k, x)
		mass += w
		first += w * v
	}
	return mass, first
}

// at is node k of [a, b].
func (r *rule) at(a, b float64, k int, x float64) (w, v float64) {
	h, v := r.h(a + (b-a)*x)
	if w = (b - a) * panelRule.w[k] * math.Exp(r.ref-h); !(w > 0) {
		return 0, 0 // T may be infinite where nothing weighs
	}
	return w, v
}

// refine halves [a, b] until its mass and first moment are known.
func (r *rule) refine(a, b, mass, first float64, depth int) {
	mid := a + (b-a)/2
	m0, f0 := r.panel(a, mid)
	m1, f1 := r.panel(mid, b)
	if m0+m1+mass < 1e-20*r.total {
		return
	}
	close := math.Abs(m0+m1-mass) <= r.tol*r.total && math.Abs(f0+f1-first) <= r.tol*r.total*r.scale
	if close || depth == panelDepth || len(r.weight) >= mostNodes {
		for _, half := range [...][2]float64{{a, mid}, {mid, b}} {
			for k, x := range panelRule.x {
				if w, v := r.at(half[0], half[1], k, x); w > 0 {
					r.weight, r.value = append(r.weight, w), append(r.value, v)
				}
			}
		}
		return
	}
	r.refine(a, mid, m0, f0, depth+1)
	r.refine(mid, b, m1, f1, depth+1)
}

// moments returns the log of the mass, and mean and variance of T(u).
func (r *rule) moments() (logMass, mean, variance float64) {
	mass, base := 0.0, r.value[0]
	for k, w := range r.weight {
		mass += w
		mean += w * (r.value[k] - base)
	}
	mean = base + mean/mass
	for k, w := range r.weight {
		d := r.value[k] - mean
		variance += w * d * d
	}
	return math.Log(mass) - r.ref, mean, variance / mass
}
