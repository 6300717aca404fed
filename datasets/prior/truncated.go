package prior

import (
	"fmt"
	"math"
)

// truncated is a law restricted to [lo, hi].
type truncated struct {
	of     Univariate
	lo, hi float64
	za, zb float64 // Φ⁻¹(F) of the ends, za < zb
	mass   float64 // ln (Φ(zb) - Φ(za))
}

func newTruncated(of Univariate, lo, hi float64) (Univariate, error) {
	a, b := of.Support()
	lo, hi = math.Max(lo, a), math.Min(hi, b)
	if !(lo < hi) {
		return nil, fmt.Errorf("nothing of [%g, %g] is above %g and below %g", a, b, lo, hi)
	}
	t := truncated{of: of, lo: lo, hi: hi, za: of.Normal(lo), zb: of.Normal(hi)}
	t.mass = t.logBetween(lo, t.za, hi, t.zb)
	if !(t.mass > -1e5) {
		return nil, fmt.Errorf("the law has no mass between %g and %g", lo, hi)
	}
	return t, nil
}

// metric is what laws have whose Normal is a difference that rounding does not touch.
type metric interface {
	gap(a, v float64) float64    // Normal(v) - Normal(a)
	step(a, gap float64) float64 // v of that gap
}

// logBetween is ln (F(v) - F(a)) of the law that is truncated.
func (t truncated) logBetween(a, za, v, zv float64) float64 {
	switch {
	case math.IsInf(za, -1):
		return logCDF(zv)
	case math.IsInf(zv, 1):
		return logCDF(-za)
	}
	gap := zv - za
	if m, ok := t.of.(metric); ok {
		gap = m.gap(a, v)
	}
	if gap <= 0 {
		return math.Inf(-1)
	}
	return logMass(za, gap)
}

func (t truncated) Support() (lo, hi float64) { return t.lo, t.hi }

func (t truncated) LogProb(v float64) float64 {
	if !(v >= t.lo && v <= t.hi) {
		return math.Inf(-1)
	}
	return t.of.LogProb(v) - t.mass
}

func (t truncated) Normal(v float64) float64 {
	switch {
	case v <= t.lo:
		return math.Inf(-1)
	case v >= t.hi:
		return math.Inf(1)
	}
	z := t.of.Normal(v)
	return fromTails(math.Min(t.logBetween(t.lo, t.za, v, z)-t.mass, 0), math.Min(t.logBetween(v, z, t.hi, t.zb)-t.mass, 0))
}

func (t truncated) Value(z float64) float64 {
	lower, upper := logCDF(z)+t.mass, logCDF(-z)+t.mass // ln (F(v) - F(lo)), ln (F(hi) - F(v))
	u := fromTails(logSum(logCDF(t.za), lower), logSum(logCDF(-t.zb), upper))
	m, ok := t.of.(metric)
	switch gap := u - t.za; {
	case ok && z < 0 && gap < 1:
		gap = gapOfMass(t.za, gap, lower)
		return t.clamp(m.step(t.lo, gap))
	case ok && z >= 0 && t.zb-u < 1: // the same, from the other end
		gap = gapOfMass(-t.zb, t.zb-u, upper)
		return t.clamp(m.step(t.hi, -gap))
	}
	return t.clamp(t.of.Value(u))
}

func (t truncated) clamp(v float64) float64 { return math.Min(math.Max(v, t.lo), t.hi) }

// gapOfMass is the gap with ln (Φ(a+gap) - Φ(a)) = l, from a first guess.
func gapOfMass(a, gap, l float64) float64 {
	if !(gap > 0) {
		gap = math.Exp(l - logPhi(a))
	}
	for range 50 {
		m := logMass(a, gap)
		// Newton's method for ln gap: d ln mass / d ln gap = φ(a+gap) gap/mass.
		step := (l - m) * math.Exp(m-logPhi(a+gap)) / gap
		gap *= math.Exp(math.Min(math.Max(step, -2), 2))
		if math.Abs(step) < 1e-15 {
			break
		}
	}
	return gap
}

// TruncatedNormal returns the law N(mean, sd²) on [lo, hi]. It errs unless sd is
// positive and lo < hi, and if the interval has no mass that a number can hold.
func TruncatedNormal(mean, sd, lo, hi float64) (Univariate, error) {
	if !(sd > 0) || math.IsNaN(mean) || math.IsInf(mean, 0) {
		return nil, fmt.Errorf("N(%g, %g²) is no normal law", mean, sd)
	}
	return newTruncated(normal{mean, sd}, lo, hi)
}

// LogNormalMass returns ln (Φ(b) - Φ(a)), to rounding in both tails; -Inf unless a < b.
func LogNormalMass(a, b float64) float64 {
	switch {
	case !(a < b):
		return math.Inf(-1)
	case math.IsInf(a, -1):
		return logCDF(b)
	case math.IsInf(b, 1):
		return logCDF(-a)
	}
	return logMass(a, b-a)
}
