package oracle

import "math"

// VP in closed form, with the rates .1 and 20.
const (
	beta0 = 0.1
	beta1 = 20
)

func integral(t float64) float64 { return beta0*t + 0.5*(beta1-beta0)*t*t }

// Beta is the rate of the VP process at t.
func Beta(t float64) float64 { return beta0 + (beta1-beta0)*t }

// Alpha is the signal of the VP process at t.
func Alpha(t float64) float64 { return math.Exp(-0.5 * integral(t)) }

// Sigma is the noise of the VP process at t, a standard deviation.
func Sigma(t float64) float64 { return math.Sqrt(-math.Expm1(-integral(t))) }

// Lambda is ln(Alpha/Sigma).
func Lambda(t float64) float64 { return math.Log(Alpha(t)) - math.Log(Sigma(t)) }

// TimeAt is the inverse of Lambda.
func TimeAt(lambda float64) float64 {
	b := math.Log1p(math.Exp(-2 * lambda))
	return 2 * b / (beta0 + math.Sqrt(beta0*beta0+2*(beta1-beta0)*b))
}

// UniformTimes are n+1 times from 1 to eps, uniform in t.
func UniformTimes(n int, eps float64) []float64 {
	return times(n, eps, func(u float64) float64 { return 1 + (eps-1)*u })
}

// LogSNRTimes are n+1 times from 1 to eps, uniform in λ.
func LogSNRTimes(n int, eps float64) []float64 {
	l0, l1 := Lambda(1), Lambda(eps)
	return times(n, eps, func(u float64) float64 { return TimeAt(l0 + (l1-l0)*u) })
}

// KarrasTimes are n+1 times from 1 to eps, uniform in (σ/α)^{1/7}.
func KarrasTimes(n int, eps float64) []float64 {
	at := func(t float64) float64 { return math.Pow(Sigma(t)/Alpha(t), 1./7) }
	a, b := at(1), at(eps)
	return times(n, eps, func(u float64) float64 { return TimeAt(-7 * math.Log(a+(b-a)*u)) })
}

func times(n int, eps float64, at func(float64) float64) []float64 {
	ts := make([]float64, n+1)
	for i := range ts {
		ts[i] = at(float64(i) / float64(n))
	}
	ts[0], ts[n] = 1, eps
	return ts
}
