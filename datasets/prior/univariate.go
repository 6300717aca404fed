package prior

import (
	"math"

	"tweedie/internal/numeric"
	"tweedie/sde"
)

// Univariate is the law of one number. Its map to the standard normal is Φ⁻¹(F(v)),
// from which probabilities follow: F(v) = Φ(Normal(v)).
type Univariate interface {
	// LogProb returns the log density in nats, -Inf outside of the support.
	LogProb(v float64) float64
	// Normal returns Φ⁻¹(F(v)), ±Inf outside of the support and at its ends.
	Normal(v float64) float64
	// Value returns F⁻¹(Φ(z)).
	Value(z float64) float64
	// Support returns the ends of the support, which may be infinite.
	Support() (lo, hi float64)
	// Law returns the law under a schedule. It errs where it has no mean or variance.
	Law(s sde.Schedule) (sde.Law, error)
}

// CDF returns F(v) = P(θ ≤ v) under u.
func CDF(u Univariate, v float64) float64 { return math.Erfc(-u.Normal(v)/math.Sqrt2) / 2 }

// Quantile returns the v with F(v) = p under u. It panics unless p is in [0, 1].
func Quantile(u Univariate, p float64) float64 {
	if !(p >= 0 && p <= 1) {
		panic("prior: a probability is in [0, 1]")
	}
	return u.Value(quantile(math.Log(p)))
}

type normal struct{ mean, sd float64 }

func (n normal) Normal(v float64) float64  { return (v - n.mean) / n.sd }
func (n normal) Value(z float64) float64   { return n.mean + n.sd*z }
func (n normal) Support() (lo, hi float64) { return math.Inf(-1), math.Inf(1) }
func (n normal) LogProb(v float64) float64 { return logPhi(n.Normal(v)) - math.Log(n.sd) }

func (n normal) gap(a, v float64) float64    { return (v - a) / n.sd }
func (n normal) step(a, gap float64) float64 { return a + n.sd*gap }

type logNormal struct{ mu, sd float64 }

func (n logNormal) Value(z float64) float64   { return math.Exp(n.mu + n.sd*z) }
func (n logNormal) Support() (lo, hi float64) { return 0, math.Inf(1) }

func (n logNormal) Normal(v float64) float64 {
	if v <= 0 {
		return math.Inf(-1)
	}
	return (math.Log(v) - n.mu) / n.sd
}

func (n logNormal) LogProb(v float64) float64 {
	if v <= 0 || math.IsInf(v, 1) {
		return math.Inf(-1)
	}
	return logPhi(n.Normal(v)) - math.Log(n.sd) - math.Log(v)
}

type uniform struct{ lo, hi float64 }

func (u uniform) Support() (lo, hi float64) { return u.lo, u.hi }

func (u uniform) Normal(v float64) float64 {
	w := u.hi - u.lo
	return fromTails(logShare((v-u.lo)/w), logShare((u.hi-v)/w))
}

// logShare is ln p, for p that rounding may have moved out of [0, 1].
func logShare(p float64) float64 { return math.Log(math.Min(math.Max(p, 0), 1)) }

func (u uniform) Value(z float64) float64 {
	if z < 0 {
		return u.lo + (u.hi-u.lo)*math.Exp(logCDF(z))
	}
	return u.hi - (u.hi-u.lo)*math.Exp(logCDF(-z))
}

func (u uniform) LogProb(v float64) float64 {
	if !(v >= u.lo && v <= u.hi) {
		return math.Inf(-1)
	}
	return -math.Log(u.hi - u.lo)
}

// mixture1 is a mixture of laws of one number. logw are the log weights, which sum to 1.
type mixture1 struct {
	logw []float64
	laws []Univariate
}

func (m mixture1) LogProb(v float64) float64 {
	l := math.Inf(-1)
	for k, u := range m.laws {
		if w := m.logw[k]; !math.IsInf(w, -1) {
			l = logSum(l, w+u.LogProb(v))
		}
	}
	return l
}

func (m mixture1) Normal(v float64) float64 {
	lower, upper := math.Inf(-1), math.Inf(-1)
	for k, u := range m.laws {
		z := u.Normal(v)
		lower, upper = logSum(lower, m.logw[k]+logCDF(z)), logSum(upper, m.logw[k]+logCDF(-z))
	}
	return fromTails(lower, upper)
}

// Value lies between the values of the components.
func (m mixture1) Value(z float64) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for k, u := range m.laws {
		if math.IsInf(m.logw[k], -1) {
			continue
		}
		v := u.Value(z)
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	if !(lo < hi) {
		return lo
	}
	return solve(z, lo+(hi-lo)/2, lo, hi, func(v float64) (float64, float64) {
		at := m.Normal(v)
		return at, math.Exp(m.LogProb(v) - logPhi(at))
	})
}

func (m mixture1) Support() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for k, u := range m.laws {
		if a, b := u.Support(); !math.IsInf(m.logw[k], -1) {
			lo, hi = math.Min(lo, a), math.Max(hi, b)
		}
	}
	return lo, hi
}

// newMixture1 is the mixture with the log weights l, up to a common factor.
func newMixture1(l []float64, laws []Univariate) mixture1 {
	sum := numeric.LogSumExp(l)
	for k := range l {
		l[k] -= sum
	}
	return mixture1{l, laws}
}
