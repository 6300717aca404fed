package oracle

import "math"

// Sampler carries x through the times ts for the data g. It draws from z, one
// normal per step unless PerStep says otherwise.
type Sampler struct {
	PerStep int // normals per step; 0 for deterministic samplers
	Run     func(g Gaussian, ts []float64, x float64, z []float64) float64
}

// Affine returns the map of the sampler over ts.
func (s Sampler) Affine(g Gaussian, ts []float64) Affine {
	return Probe(func(x float64, z []float64) float64 { return s.Run(g, ts, x, z) }, s.PerStep*(len(ts)-1))
}

// oneStep makes a sampler of a rule for one step from t to s.
func oneStep(perStep int, f func(g Gaussian, t, s, x, z float64) float64) Sampler {
	return Sampler{perStep, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		for i := range len(ts) - 1 {
			var zi float64
			if perStep > 0 {
				zi = z[i]
			}
			x = f(g, ts[i], ts[i+1], x, zi)
		}
		return x
	}}
}

// EulerMaruyama is Euler's rule for the reverse SDE with noise scale eta.
func EulerMaruyama(eta float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		h, b := t-s, Beta(t)
		return x + h*(0.5*b*x+0.5*(1+eta*eta)*b*g.Score(x, t)) + eta*math.Sqrt(b*h)*z
	})
}

// DDIM is the scheme of Song et al. with the variance σ_s² η² τ.
func DDIM(eta float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		tau := -math.Expm1(-2 * (Lambda(s) - Lambda(t)))
		eps := -Sigma(t) * g.Score(x, t)
		return Alpha(s)*g.Denoise(x, t) + Sigma(s)*math.Sqrt(1-eta*eta*tau)*eps + Sigma(s)*eta*math.Sqrt(tau)*z
	})
}

// DDIMLinear is DDIM with the variance σ_s² η τ, a common variant and, beside
// DDIM, a planted error.
func DDIMLinear(eta float64) Sampler { return DDIM(math.Sqrt(eta)) }

// DPMpp2M is DPM-Solver++(2M); extrapolate is ½, anything else a planted error.
func DPMpp2M(extrapolate float64) Sampler {
	return Sampler{0, func(g Gaussian, ts []float64, x float64, _ []float64) float64 {
		var old, hOld float64
		for i := range len(ts) - 1 {
			t, s := ts[i], ts[i+1]
			h := Lambda(s) - Lambda(t)
			d := g.Denoise(x, t)
			e := d
			if i > 0 {
				e += h / hOld * extrapolate * (d - old)
			}
			x = Sigma(s)/Sigma(t)*x - Alpha(s)*math.Expm1(-h)*e
			old, hOld = d, h
		}
		return x
	}}
}

// HeunEDM is Heun's rule in S = σ/α; final weight w is ½, anything else a
// planted error.
func HeunEDM(w float64) Sampler {
	return oneStep(0, func(g Gaussian, t, s, x, _ float64) float64 {
		st, ss := Sigma(t)/Alpha(t), Sigma(s)/Alpha(s)
		y := x / Alpha(t)
		d := (y - g.Denoise(x, t)) / st
		e := y + (ss-st)*d
		d2 := (e - g.Denoise(e*Alpha(s), s)) / ss
		return Alpha(s) * (y + (ss-st)*((1-w)*d+w*d2))
	})
}
