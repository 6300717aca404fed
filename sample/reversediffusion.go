package sample

import (
	"math"

	"tweedie/sde"
)

// ReverseDiffusion is the predictor that reverses the discrete form of the
// forward process, x_t = (1 + f) x_s + G z (Song et al. 2021, eq. 46,
// arXiv:2011.13456), which for VP is that of DDPM, for VE that of SMLD, and
// Euler's for all others. With the score at t,
//
//	x_s = (1 - f) x + ½(1+η²) G² ∇log p_t(x) + η G z.
type ReverseDiffusion struct {
	EtaFunc func(t float64) float64 // noise scale η at t; nil means 1
}

// Info implements Method.
func (ReverseDiffusion) Info() Info {
	return Info{"reverse diffusion", Weak, 1, 1, true, false, "Song et al. 2021, eq. 46 (arXiv:2011.13456)"}
}

// New implements Method.
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
