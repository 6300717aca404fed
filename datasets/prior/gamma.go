package prior

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// gammaLaw has the density v^(shape-1) e^(-v/scale) / (Γ(shape) scale^shape), v > 0.
type gammaLaw struct{ shape, scale float64 }

func (g gammaLaw) Support() (lo, hi float64) { return 0, math.Inf(1) }

func (g gammaLaw) LogProb(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 1) {
		return math.Inf(-1)
	}
	lg, _ := math.Lgamma(g.shape)
	x := v / g.scale
	return (g.shape-1)*math.Log(x) - x - lg - math.Log(g.scale)
}

func (g gammaLaw) Normal(v float64) float64 {
	if v <= 0 {
		return math.Inf(-1)
	}
	return fromTails(g.tails(v / g.scale))
}

// tails are ln F and ln (1-F) at scale 1; where one underflows, the first term of its
// expansion.
func (g gammaLaw) tails(x float64) (lower, upper float64) {
	lg, _ := math.Lgamma(g.shape)
	lower, upper = math.Log(mathext.GammaIncReg(g.shape, x)), math.Log(mathext.GammaIncRegComp(g.shape, x))
	if lower < -600 {
		lower = g.shape*math.Log(x) - x - lg - math.Log(g.shape) + math.Log1p(x/(g.shape+1))
	}
	if upper < -600 {
		upper = (g.shape-1)*math.Log(x) - x - lg + math.Log1p((g.shape-1)/x)
	}
	return math.Min(lower, 0), math.Min(upper, 0)
}

// Value solves for ln v, from the cube of Wilson & Hilferty 1931 or, near 0, from the
// power that the density begins with.
func (g gammaLaw) Value(z float64) float64 {
	lg, _ := math.Lgamma(g.shape)
	start := (logCDF(z) + lg + math.Log(g.shape)) / g.shape
	if c := 1 - 1/(9*g.shape) + z/(3*math.Sqrt(g.shape)); c > .2 {
		start = math.Log(g.shape) + 3*math.Log(c)
	}
	start = math.Min(math.Max(start, -700), 700)
	u := solve(z, start, -745, 709, func(u float64) (float64, float64) {
		x := math.Exp(u)
		at := fromTails(g.tails(x))
		return at, math.Exp(g.LogProb(x*g.scale) + math.Log(g.scale) + u - logPhi(at))
	})
	return math.Max(g.scale*math.Exp(u), math.SmallestNonzeroFloat64)
}
