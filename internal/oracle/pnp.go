package oracle

import "math"

// DiffPIR returns mean and variance of what n steps of DiffPIR with all noise new
// (ζ = 1), uniform in t from 1 to 0 under the schedule Squared, make of the exact
// law at t = 1. prox scales lambda: 1, anything else is a planted error.
func (o Observed) DiffPIR(n int, lambda, prox float64) (mean, variance float64) {
	a, s := Squared(1)
	mean, variance = 0, a*a*o.C+s*s
	for k := n; k >= 1; k-- {
		a, s := Squared(float64(k) / float64(n))
		b, u := Squared(float64(k-1) / float64(n))
		j := a * o.C / (a*a*o.C + s*s)
		w := prox * lambda * o.R * a * a / (s * s) // weight of D against y
		gain := b * w * j / (1 + w)
		mean = gain*mean + b*o.Y/(1+w)
		variance = gain*gain*variance + u*u
	}
	return mean, variance
}

// DAPS is decoupled annealing for y = x_0 + e, e ~ N(0, r), with inner steps of
// DDIM to end; spread scales the standard deviation of x_0 around them.
func DAPS(inner int, spread, y, r, end float64) Sampler {
	return Sampler{2, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		for i := range len(ts) - 1 {
			t, s := ts[i], ts[i+1]
			from := t
			for k := 1; k < inner; k++ {
				to := TimeAt(Lambda(t) + float64(k)/float64(inner)*(Lambda(end)-Lambda(t)))
				x = Alpha(to)*g.Denoise(x, from) - Sigma(to)*Sigma(from)*g.Score(x, from)
				from = to
			}
			v := math.Pow(spread*Sigma(t)/Alpha(t), 2)
			p := 1/v + 1/r
			x0 := (g.Denoise(x, from)/v+y/r)/p + z[2*i]/math.Sqrt(p)
			x = Alpha(s)*x0 + Sigma(s)*z[2*i+1]
		}
		return x
	}}
}

// DDNM is the null-space method for y = x_0 + e, e ~ N(0, r), with eta; wrong
// scales its new noise.
func DDNM(eta, y, r, wrong float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		d, a, u := g.Denoise(x, t), Alpha(s), Sigma(s)
		if e2 := a * a * r; u*u > e2 {
			return a*y + wrong*math.Sqrt(u*u-e2)*z
		}
		l := u * math.Sqrt(1-eta*eta) / (a * math.Sqrt(r))
		return a*((1-l)*d+l*y) + wrong*u*eta*z
	})
}

// CFGPlusPlus is CFG++ of strength lambda for a conditional law, the data of the
// sampler, and an unconditional one; renoise is 0, or 1 for the plain DDIM of the
// guided law, a planted error.
func CFGPlusPlus(lambda float64, uncond Gaussian, renoise float64) Sampler {
	return oneStep(0, func(g Gaussian, t, s, x, _ float64) float64 {
		du := uncond.Denoise(x, t)
		d := du + lambda*(g.Denoise(x, t)-du)
		from := du + renoise*(d-du)
		return Alpha(s)*d + Sigma(s)*(x-Alpha(t)*from)/Sigma(t)
	})
}
