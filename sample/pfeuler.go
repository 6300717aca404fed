package sample

import "tweedie/sde"

// ProbabilityFlow is Euler's rule, in t, for the probability-flow ODE (Song et
// al. 2021, eq. 13, arXiv:2011.13456): EulerMaruyama without noise. It is here
// for comparison; DDIM solves the same equation with a smaller error.
type ProbabilityFlow struct{}

// Info implements Method.
func (ProbabilityFlow) Info() Info {
	return Info{"probability-flow Euler", ODE, 1, 1, false, false, "Song et al. 2021, eq. 13 (arXiv:2011.13456)"}
}

// New implements Method.
func (ProbabilityFlow) New(d sde.Denoiser, n int) Stepper {
	return newLinear(d, n, eulerCoefficients(d.Schedule(), func(float64) float64 { return 0 }))
}
