package sample

import (
	"math"

	"tweedie/sde"
)

// EulerMaruyama is the Euler-Maruyama scheme, in t, of the reverse SDE
//
//	dx = [f x - ½(1+η²) g² ∇log p_t(x)] dt + η g dw̄,
//
// with f = α'/α and g² = α² d(σ²/α²)/dt. Every η gives the same marginals:
// η = 1 is the reverse SDE of Anderson 1982, η = 0 the probability flow (Song
// et al. 2021, eq. 6 and 13, arXiv:2011.13456). A step is (t, s), h = t - s,
//
//	x_s = x - h f x + ½(1+η²) h g² ∇log p_t(x) + η g √h z.
type EulerMaruyama struct {
	// EtaFunc is η as a function of the time t at which a step begins. Nil
	// means 1. It must not be negative.
	EtaFunc func(t float64) float64
}

func (EulerMaruyama) Info() Info {
	return Info{"Euler-Maruyama", Weak, 1, 1, true, false, "Song et al. 2021, eq. 6 (arXiv:2011.13456)", rateGrid{}}
}

func (m EulerMaruyama) New(d sde.Denoiser, n int) Stepper {
	return newLinear(d, n, eulerCoefficients(d.Schedule(), m.EtaFunc))
}

func eulerCoefficients(sched sde.Schedule, etaAt func(float64) float64) coefficients {
	return func(t, s float64) (a, b, sd float64, err error) {
		eta, err := etaOf(etaAt, t, 1)
		if err != nil {
			return 0, 0, 0, err
		}
		c := sched.Coeff(t)
		f, g2, h := sde.Drift(sched, t), sde.Diffusion2(sched, t), t-s
		k := 0.5 * (1 + eta*eta) * g2 * h / (c.Sigma * c.Sigma)
		return 1 - h*f - k, k * c.Alpha, eta * math.Sqrt(g2*h), nil
	}
}

// ProbabilityFlow is Euler's rule, in t, for the probability-flow ODE (Song et
// al. 2021, eq. 13, arXiv:2011.13456): EulerMaruyama without noise. It is here
// for comparison; DDIM solves the same equation with a smaller error.
type ProbabilityFlow struct{}

func (ProbabilityFlow) Info() Info {
	return Info{"probability-flow Euler", ODE, 1, 1, false, false, "Song et al. 2021, eq. 13 (arXiv:2011.13456)", rateGrid{ve: ShiftedGrid{0.1}}}
}

func (ProbabilityFlow) New(d sde.Denoiser, n int) Stepper {
	return newLinear(d, n, eulerCoefficients(d.Schedule(), func(float64) float64 { return 0 }))
}
