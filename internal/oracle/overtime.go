package oracle

import "math"

// Over is a function of time. Reversed is its planted error: time backwards.
type Over func(t float64) float64

// Reversed is f at 1 - t.
func (f Over) Reversed() Over { return func(t float64) float64 { return f(1 - t) } }

// DDIMOver is DDIM with an η of the time at which a step begins.
func DDIMOver(eta Over) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		v := -math.Pow(eta(t), 2) * math.Expm1(-2*(Lambda(s)-Lambda(t)))
		return Alpha(s)*g.Denoise(x, t) + Sigma(s)*(-math.Sqrt(1-v)*Sigma(t)*g.Score(x, t)+math.Sqrt(v)*z)
	})
}

// slope is the right-hand side of the reverse SDE of noise scale eta, from noise to data.
func (g Gaussian) slope(x, t, eta float64) float64 {
	return Beta(t) * (x + (1+eta*eta)*g.Score(x, t)) / 2
}

// EulerMaruyamaOver is Euler's rule with an η of the time at which a step begins.
func EulerMaruyamaOver(eta Over) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		return x + (t-s)*g.slope(x, t, eta(t)) + eta(t)*math.Sqrt(Beta(t)*(t-s))*z
	})
}

// ReverseDiffusionOver and AncestralOver are the predictors of score_sde likewise.
func ReverseDiffusionOver(eta Over) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		b, e := math.Min(Beta(t)*(t-s), 0.999999), eta(t)
		return (2-math.Sqrt(1-b))*x + (1+e*e)/2*b*g.Score(x, t) + e*math.Sqrt(b)*z
	})
}

// AncestralOver is described with ReverseDiffusionOver.
func AncestralOver(eta Over) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		b, e := math.Min(Beta(t)*(t-s), 0.999999), eta(t)
		return (x+(1+e*e)/2*b*g.Score(x, t))/math.Sqrt(1-b) + e*math.Sqrt(b)*z
	})
}

// DPMpp2MSDEOver is DPM-Solver++(2M) for the SDE with an η of the time at which a step begins.
func DPMpp2MSDEOver(eta Over) Sampler {
	return Sampler{1, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		var before, length float64
		for i := range len(ts) - 1 {
			t, s := ts[i], ts[i+1]
			h, d, e := Lambda(s)-Lambda(t), g.Denoise(x, t), eta(t)
			toward := d
			if i > 0 {
				toward += h / length * (d - before) / 2
			}
			x = Sigma(s)/Sigma(t)*math.Exp(-e*h)*x + Alpha(s)*(1-math.Exp(-(1+e)*h))*toward + Sigma(s)*math.Sqrt(1-math.Exp(-2*e*h))*z[i]
			before, length = d, h
		}
		return x
	}}
}

// StochasticHeunOver has the η of each end of the step.
func StochasticHeunOver(eta Over) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		h := t - s
		k1 := h*g.slope(x, t, eta(t)) + eta(t)*math.Sqrt(Beta(t)*h)*z
		k2 := h*g.slope(x+k1, s, eta(s)) + eta(s)*math.Sqrt(Beta(s)*h)*z
		return x + (k1+k2)/2
	})
}

// ShARKOver has the η of both ends of the step and of its middle slope.
func ShARKOver(eta Over) Sampler {
	return Sampler{2, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		n := len(ts) - 1
		for i := range n {
			t, s := ts[i], ts[i+1]
			h := t - s
			w, a, m := math.Sqrt(h)*z[i], math.Sqrt(h/12)*z[n+i], t-5./6*h
			gt, gs := eta(t)*math.Sqrt(Beta(t)), eta(s)*math.Sqrt(Beta(s))
			f1 := g.slope(x+gt*a, t, eta(t))
			f2 := g.slope(x+gt*a+5./6*(h*f1+gt*w), m, eta(m))
			x += h*(0.4*f1+0.6*f2) + gt*w + (gs-gt)*(w/2-a)
		}
		return x
	}}
}

// LangevinOver is n updates of annealed Langevin dynamics at the end of each step, of the
// size δ = 2(snr σ)², with the noise η(s)√(2δ).
func LangevinOver(eta Over, snr float64, n int) Sampler {
	return Sampler{n, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		for i, s := range ts[1:] {
			d := 2 * math.Pow(snr*Sigma(s), 2)
			for k := range n {
				x += d*g.Score(x, s) + eta(s)*math.Sqrt(2*d)*z[i*n+k]
			}
		}
		return x
	}}
}

// DiffPIROver is plug-and-play restoration for y = x_0 + e, e ~ N(0, r), with a weight λ of
// the prior and a fraction ζ of new noise of the time at which a step begins.
func DiffPIROver(lambda, zeta Over, y, r float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		p, q := 1/r, lambda(t)*math.Pow(Alpha(t)/Sigma(t), 2)
		best := (p*y + q*g.Denoise(x, t)) / (p + q)
		noise := math.Sqrt(1-zeta(t))*(x-Alpha(t)*best)/Sigma(t) + math.Sqrt(zeta(t))*z
		return Alpha(s)*best + Sigma(s)*noise
	})
}

// DDNMOver is the null-space method for y = x_0 + e, e ~ N(0, r), with an η of the time at which a
// step begins.
func DDNMOver(eta Over, y, r float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		return DDNM(eta(t), y, r, 1).Run(g, []float64{t, s}, x, []float64{z})
	})
}

// DPSStepOver is DPS as published for y = x_0 + e, with a ζ of the time at which a step begins.
// It is affine while y stays on one side of D.
func DPSStepOver(zeta Over, y float64) Sampler {
	ddim := DDIM(1)
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		slope := Alpha(t) * g.V / (Alpha(t)*Alpha(t)*g.V + Sigma(t)*Sigma(t)) // of D
		if y < g.Denoise(x, t) {
			slope = -slope
		}
		return ddim.Run(g, []float64{t, s}, x, []float64{z}) + zeta(t)*slope
	})
}

// AncestralOver is Ancestral for a guide whose variance v of y and strength are functions of
// the time.
func (o Observed) AncestralOver(n int, v func(o Observed, a, s, t float64) float64, strength Over) (mean, variance float64) {
	a, s := Squared(1)
	mean, variance = 0, a*a*o.C+s*s
	for k := n; k >= 1; k-- {
		t := float64(k) / float64(n)
		a, s := Squared(t)
		b, u := Squared(float64(k-1) / float64(n))
		j := a * o.C / (a*a*o.C + s*s)
		f := strength(t) * s * s / a * j / v(o, a, s, t) // of D + f (y - D)
		r := a * u / (b * s)
		keep := u * r / s
		to := b - keep*a
		gain := keep + to*j*(1-f)
		mean = gain*mean + to*f*o.Y
		variance = gain*gain*variance + u*u*(1-r*r)
	}
	return mean, variance
}

// NormOver is n steps of DDPM as AncestralOver, without noise, from x on, under the norm form
// of DPS with the length ζ.
func (o Observed) NormOver(n int, x float64, zeta Over) float64 {
	for k := n; k >= 1; k-- {
		t := float64(k) / float64(n)
		a, s := Squared(t)
		b, u := Squared(float64(k-1) / float64(n))
		j := a * o.C / (a*a*o.C + s*s)
		d := j * x
		side := 1.0
		if o.Y < d {
			side = -1
		}
		d += (a*a + s*s) / a * zeta(t) * j * side
		r := a * u / (b * s)
		x = b*d + u*r*(x-a*d)/s
	}
	return x
}

// MixedOver is n steps of DDPM as AncestralOver under D_u + w(t) (D_c - D_u), for N(0, C) and
// for its posterior given y: both classifier-free guidance and that by an exact classifier.
func (o Observed) MixedOver(n int, w Over) (mean, variance float64) {
	m, v := o.Posterior()
	a, s := Squared(1)
	mean, variance = 0, a*a*o.C+s*s
	for k := n; k >= 1; k-- {
		t := float64(k) / float64(n)
		a, s := Squared(t)
		b, u := Squared(float64(k-1) / float64(n))
		ju, jc := a*o.C/(a*a*o.C+s*s), a*v/(a*a*v+s*s)
		j, d := ju+w(t)*(jc-ju), w(t)*m*(1-jc*a)
		r := a * u / (b * s)
		keep := u * r / s
		gain := keep + (b-keep*a)*j
		mean = gain*mean + (b-keep*a)*d
		variance = gain*gain*variance + u*u*(1-r*r)
	}
	return mean, variance
}
