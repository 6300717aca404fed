package oracle

import "math"

// ReverseDiffusion is the predictor of score_sde for VP; its noise has the
// variance scale β h, 1 unless planted.
func ReverseDiffusion(scale float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		b := math.Min(Beta(t)*(t-s), 0.999999)
		return (2-math.Sqrt(1-b))*x + b*g.Score(x, t) + math.Sqrt(scale*b)*z
	})
}

// Ancestral is the ancestral predictor of score_sde for VP; its noise has the
// variance scale β h, 1 unless planted.
func Ancestral(scale float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		b := math.Min(Beta(t)*(t-s), 0.999999)
		return (x+b*g.Score(x, t))/math.Sqrt(1-b) + math.Sqrt(scale*b)*z
	})
}

// DPMpp2MSDE is DPM-Solver++(2M) for the SDE with eta.
func DPMpp2MSDE(eta float64) Sampler {
	return Sampler{1, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		var old, hOld float64
		for i := range len(ts) - 1 {
			t, s := ts[i], ts[i+1]
			h := Lambda(s) - Lambda(t)
			d := g.Denoise(x, t)
			k := -math.Expm1(-(1 + eta) * h)
			x = Sigma(s)/Sigma(t)*math.Exp(-eta*h)*x + Alpha(s)*k*d + Sigma(s)*math.Sqrt(-math.Expm1(-2*eta*h))*z[i]
			if i > 0 {
				x += 0.5 * Alpha(s) * k * h / hOld * (d - old)
			}
			old, hOld = d, h
		}
		return x
	}}
}

// rate is the right-hand side of the reverse SDE, from noise to data.
func (g Gaussian) rate(x, t float64) float64 { return 0.5*Beta(t)*x + Beta(t)*g.Score(x, t) }

// StochasticHeun averages two slopes with the weights 1-w and w: ½ unless planted.
func StochasticHeun(w float64) Sampler {
	return oneStep(1, func(g Gaussian, t, s, x, z float64) float64 {
		h := t - s
		k1 := h*g.rate(x, t) + math.Sqrt(Beta(t)*h)*z
		k2 := h*g.rate(x+k1, s) + math.Sqrt(Beta(s)*h)*z
		return x + (1-w)*k1 + w*k2
	})
}

// ShARK takes its second slope after c of the step: 5/6 unless planted.
func ShARK(c float64) Sampler {
	return Sampler{2, func(g Gaussian, ts []float64, x float64, z []float64) float64 {
		n := len(ts) - 1
		for i := range n {
			t, s := ts[i], ts[i+1]
			h := t - s
			w, a := math.Sqrt(h)*z[i], math.Sqrt(h/12)*z[n+i]
			gt, gs := math.Sqrt(Beta(t)), math.Sqrt(Beta(s))
			f1 := g.rate(x+gt*a, t)
			f2 := g.rate(x+h*c*f1+gt*(c*w+a), t-c*h)
			x += h*(0.4*f1+0.6*f2) + gt*w + (gs-gt)*(0.5*w-a)
		}
		return x
	}}
}

// DPMpp2S is DPM-Solver++(2S) with its middle at r of the step in λ. Only r = ½
// is a second-order method in this form.
func DPMpp2S(r float64) Sampler {
	return oneStep(0, func(g Gaussian, t, s, x, _ float64) float64 {
		h := Lambda(s) - Lambda(t)
		m := TimeAt(Lambda(t) + r*h)
		y := Sigma(m)/Sigma(t)*x - Alpha(m)*math.Expm1(-r*h)*g.Denoise(x, t)
		return Sigma(s)/Sigma(t)*x - Alpha(s)*math.Expm1(-h)*g.Denoise(y, m)
	})
}

// RK4 is the classical rule in λ; mid is the weight of its middle slopes, 2
// unless planted.
func RK4(mid float64) Sampler {
	return oneStep(0, func(g Gaussian, t, s, x, _ float64) float64 {
		f := func(y, l float64) float64 { u := TimeAt(l); return g.Denoise(y*Alpha(u), u) - y }
		y, l, h := x/Alpha(t), Lambda(t), Lambda(s)-Lambda(t)
		k1 := f(y, l)
		k2 := f(y+0.5*h*k1, l+0.5*h)
		k3 := f(y+0.5*h*k2, l+0.5*h)
		k4 := f(y+h*k3, l+h)
		return Alpha(s) * (y + h/(2+2*mid)*(k1+mid*k2+mid*k3+k4))
	})
}

// UniPC2 is UniPC-2 with B(h) = e^{-h} - 1, written as published: each state is
// corrected at once, but for the last. With correct false it is the predictor
// alone, DPM-Solver++(2M).
func UniPC2(correct bool) Sampler {
	return Sampler{0, func(g Gaussian, ts []float64, x float64, _ []float64) float64 {
		m0 := g.Denoise(x, ts[0])
		var m1, l1 float64
		for i := range len(ts) - 1 {
			t, s := ts[i], ts[i+1]
			hh := Lambda(t) - Lambda(s)
			b := math.Expm1(hh)
			base := Sigma(s)/Sigma(t)*x - Alpha(s)*b*m0
			pred := base
			var r, d1 float64
			if i > 0 {
				r = (l1 - Lambda(t)) / -hh
				d1 = (m1 - m0) / r
				pred = base - 0.5*Alpha(s)*b*d1
			}
			if i+2 == len(ts) {
				return pred
			}
			ms := g.Denoise(pred, s)
			switch {
			case !correct:
				x = pred
			case i == 0:
				x = base - 0.5*Alpha(s)*b*(ms-m0)
			default:
				k := b/hh - 1
				c1, c2 := k/b, 2*(k/hh-0.5)/b
				q0 := (c1 - c2) / (1 - r)
				x = base - Alpha(s)*b*(q0*d1+(c1-q0)*(ms-m0))
			}
			m1, l1, m0 = m0, Lambda(t), ms
		}
		return x
	}}
}
