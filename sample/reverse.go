package sample

import (
	"math"

	"tweedie/sde"
)

// reverseRate returns p, q and sd such that the reverse SDE with noise scale
// eta, run from noise to data, is
//
//	dx = (p x + q D) dτ + sd dw,   τ = -t:
//
// p = -f - c/σ², q = c α/σ², c = ½(1+η²) g², sd = η g.
func reverseRate(s sde.Schedule, t, eta float64) (p, q, sd float64) {
	k, g2 := s.Coeff(t), sde.Diffusion2(s, t)
	c := 0.5 * (1 + eta*eta) * g2 / (k.Sigma * k.Sigma)
	return -sde.Drift(s, t) - c, c * k.Alpha, eta * math.Sqrt(g2)
}

// increments is a step of the forward process in discrete form,
//
//	x_t = (1 + f) x_s + G z,
//
// as Song et al. 2021 discretize each SDE (eq. 46-48, appendix E).
// For VP, and Cosine, which has the same form with another β = g², it is the
// step of DDPM, with β h held below 1:
//
//	f = √(1 - β h) - 1    G² = β h    h = t - s
//
// for VE that of SMLD, f = 0, G² = σ_t² - σ_s², and for all others Euler's rule,
// f = f(t) h, G² = g²(t) h.
func increments(sched sde.Schedule, t, s float64) (f, g2 float64) {
	switch sched.(type) {
	case sde.VP, sde.Cosine:
		b := ddpmBeta(sched, t, s)
		return math.Sqrt(1-b) - 1, b
	case sde.VE:
		a, b := sched.Coeff(t).Sigma, sched.Coeff(s).Sigma
		return 0, (a - b) * (a + b)
	}
	return sde.Drift(sched, t) * (t - s), sde.Diffusion2(sched, t) * (t - s)
}

// ddpmBeta is β(t) h, held below 1, the value at which a step leaves only noise.
func ddpmBeta(sched sde.Schedule, t, s float64) float64 {
	return math.Min(sde.Diffusion2(sched, t)*(t-s), 1-1e-6)
}

// ReverseDiffusion is the predictor that reverses the discrete form of the
// forward process, x_t = (1 + f) x_s + G z (Song et al. 2021, eq. 46,
// arXiv:2011.13456), which for VP is that of DDPM, for VE that of SMLD, and
// Euler's for all others. With the score at t,
//
//	x_s = (1 - f) x + ½(1+η²) G² ∇log p_t(x) + η G z.
type ReverseDiffusion struct {
	EtaFunc func(t float64) float64 // noise scale η at t; nil means 1
}

func (ReverseDiffusion) Info() Info {
	return Info{"reverse diffusion", Weak, 1, 1, true, false, "Song et al. 2021, eq. 46 (arXiv:2011.13456)", rateGrid{ve: AngleGrid{}}}
}

func (m ReverseDiffusion) New(d sde.Denoiser, n int) Stepper {
	sched := d.Schedule()
	return newLinear(d, n, func(t, s float64) (a, b, sd float64, err error) {
		eta, err := etaOf(m.EtaFunc, t, 1)
		if err != nil {
			return 0, 0, 0, err
		}
		f, g2 := increments(sched, t, s)
		c := sched.Coeff(t)
		k := 0.5 * (1 + eta*eta) * g2 / (c.Sigma * c.Sigma)
		return 1 - f - k, k * c.Alpha, eta * math.Sqrt(g2), nil
	})
}
