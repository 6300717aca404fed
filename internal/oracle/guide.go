package oracle

import "math"

// Observed is the problem of a prior N(0, C) on the line with y = x_0 + e,
// e ~ N(0, R).
type Observed struct{ C, Y, R float64 }

// Posterior returns mean and variance of x_0 given y.
func (o Observed) Posterior() (mean, variance float64) {
	return o.C / (o.C + o.R) * o.Y, o.C * o.R / (o.C + o.R)
}

// Spread is the variance that a guide believes y to have given x_t, at signal a
// and noise s; 0 stands for no guide.
type Spread func(o Observed, a, s float64) float64

// Unguided leaves the prior alone.
func Unguided(Observed, float64, float64) float64 { return 0 }

// MMPS has the true variance.
func MMPS(o Observed, a, s float64) float64 { return o.R + o.C*s*s/(a*a*o.C+s*s) }

// PiGDM has that of a prior of variance tau.
func PiGDM(tau float64) Spread {
	return func(o Observed, a, s float64) float64 { return o.R + tau*s*s/(a*a*tau+s*s) }
}

// DPS has that of the error alone.
func DPS(o Observed, _, _ float64) float64 { return o.R }

// Ancestral returns mean and variance of what n steps of DDPM, uniform in t from
// 1 to 0, make of the exact law at t = 1 under the guide of v: with D = J x and
// g = J (y - D)/v, the mean D + k g is affine in x, and so is every step. The
// factor k is s²/a times strength; other values of power (1) and of jacobian
// (true) are planted errors: s²/a^power, and g without J.
func (o Observed) Ancestral(n int, v Spread, strength, power float64, jacobian bool) (mean, variance float64) {
	a, s := Squared(1)
	mean, variance = 0, a*a*o.C+s*s
	for k := n; k >= 1; k-- {
		a, s := Squared(float64(k) / float64(n))
		b, u := Squared(float64(k-1) / float64(n))
		j := a * o.C / (a*a*o.C + s*s)
		h0, h1 := 0.0, j
		if w := v(o, a, s); w > 0 {
			f := strength * s * s / math.Pow(a, power) / w
			if jacobian {
				f *= j
			}
			h0, h1 = f*o.Y, j-f*j
		}
		r := a * u / (b * s)
		c := u * r / s
		gain := c + (b-c*a)*h1
		mean = gain*mean + (b-c*a)*h0
		variance = gain*gain*variance + u*u*(1-r*r)
	}
	return mean, variance
}

// Squared is the schedule α = exp(t² ln 1e-3), σ² = 1 - α² + 1e-6, in which the
// golden values of Ancestral were computed.
func Squared(t float64) (alpha, sigma float64) {
	alpha = math.Exp(math.Log(1e-3) * t * t)
	return alpha, math.Sqrt(1 - alpha*alpha + 1e-6)
}

// CFGFlow is the variance that the probability flow from σ = ∞ gives to
// D_u + w (D_c - D_u) for p_c = N(0, 1), p_u = N(0, 2) on the VE schedule, and
// CFGReverse the variance that the reverse SDE gives (Bradley & Nakkiran 2024,
// arXiv:2408.09000). Neither is that of p_c^w p_u^{1-w}, 2/(1+w).
func CFGFlow(w float64) float64 { return math.Pow(2, 1-w) }

// CFGReverse is described with CFGFlow.
func CFGReverse(w float64) float64 { return (2 - math.Pow(2, 2-2*w)) / (2*w - 1) }
