package prior

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// betaLaw is lo + (hi-lo) B, B of density x^(a-1) (1-x)^(b-1) / B(a, b) on (0, 1).
type betaLaw struct{ a, b, lo, hi float64 }

func (l betaLaw) Support() (lo, hi float64) { return l.lo, l.hi }

// shares are the distances from the ends, of a length of 1.
func (l betaLaw) shares(v float64) (x, y float64) {
	w := l.hi - l.lo
	return (v - l.lo) / w, (l.hi - v) / w
}

func (l betaLaw) LogProb(v float64) float64 {
	x, y := l.shares(v)
	if !(x > 0 && y > 0) {
		return math.Inf(-1)
	}
	return l.logDensity(math.Log(x), math.Log(y)) - math.Log(l.hi-l.lo)
}

func (l betaLaw) logDensity(logx, logy float64) float64 {
	return (l.a-1)*logx + (l.b-1)*logy - mathext.Lbeta(l.a, l.b)
}

func (l betaLaw) Normal(v float64) float64 {
	x, y := l.shares(v)
	switch {
	case x <= 0:
		return math.Inf(-1)
	case y <= 0:
		return math.Inf(1)
	}
	return l.normal(x, y)
}

func (l betaLaw) normal(x, y float64) float64 {
	return fromTails(betaTail(l.a, l.b, x), betaTail(l.b, l.a, y))
}

// betaTail is ln F(x) of the law on (0, 1); where it underflows, the first terms of its
// expansion.
func betaTail(a, b, x float64) float64 {
	if p := math.Log(mathext.RegIncBeta(a, b, math.Min(x, 1))); p > -600 {
		return math.Min(p, 0)
	}
	return a*math.Log(x) + b*math.Log1p(-x) - math.Log(a) - mathext.Lbeta(a, b) + math.Log1p((a+b)/(a+1)*x)
}

// Value solves for ln x/(1-x), which keeps the digits of both ends.
func (l betaLaw) Value(z float64) float64 {
	logistic := func(u float64) (x, y float64) { return 1 / (1 + math.Exp(-u)), 1 / (1 + math.Exp(u)) }
	start := (logCDF(z) + math.Log(l.a) + mathext.Lbeta(l.a, l.b)) / l.a
	if z > 0 {
		start = -(logCDF(-z) + math.Log(l.b) + mathext.Lbeta(l.a, l.b)) / l.b
	}
	if math.Abs(z) < 2 {
		start = math.Log(l.a / l.b)
	}
	u := solve(z, math.Min(math.Max(start, -700), 700), -709, 709, func(u float64) (float64, float64) {
		x, y := logistic(u)
		at := l.normal(x, y)
		logx, logy := -math.Log1p(math.Exp(-u)), -math.Log1p(math.Exp(u))
		return at, math.Exp(l.logDensity(logx, logy) + logx + logy - logPhi(at))
	})
	x, y := logistic(u)
	v := l.lo + (l.hi-l.lo)*x
	if u > 0 {
		v = l.hi - (l.hi-l.lo)*y
	}
	return math.Min(math.Max(v, math.Nextafter(l.lo, l.hi)), math.Nextafter(l.hi, l.lo))
}
