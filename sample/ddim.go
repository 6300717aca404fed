package sample

import (
	"fmt"
	"math"

	"tweedie/sde"
)

// DDIM is the scheme of Song et al. 2021, eq. 12 (arXiv:2010.02502), for any
// schedule. With ε̂ = (x - α_t D)/σ_t and τ = 1 - (α_t σ_s / (α_s σ_t))²,
//
//	x_s = α_s D + σ_s √(1 - η²τ) ε̂ + σ_s η √τ z.
//
// Eta 0, the default, is deterministic: the exponential Euler scheme of the
// probability flow (DPM-Solver-1). Eta 1 is ancestral sampling with the
// posterior variance of DDPM. The scheme is exact in one step when the data
// are a single point.
//
// The variance of a step is σ_s² η² τ as published. Others scale it by η, by
// 1 - e^{-2ηh} or by 1 - e^{-2η²h} instead (h is the step in λ); all agree at
// 0 and 1 and nowhere else, so a fractional η does not carry over.
type DDIM struct {
	Eta float64
	// EtaFunc, when set, is η as a function of the time at which a step
	// begins, and Eta must be 0.
	EtaFunc func(t float64) float64
}

func (m DDIM) Info() Info {
	in := Info{"DDIM", ODE, 1, 1, false, false, "Song et al. 2021, eq. 12 (arXiv:2010.02502)", AngleGrid{}}
	if m.Eta != 0 || m.EtaFunc != nil {
		in.Kind, in.Stochastic = Weak, true
	}
	return in
}

// New implements Method. It panics when Eta and EtaFunc are both set, or Eta
// is negative.
func (m DDIM) New(d sde.Denoiser, n int) Stepper {
	if m.Eta != 0 && m.EtaFunc != nil {
		panic("sample: DDIM has both Eta and EtaFunc")
	}
	if !(m.Eta >= 0) {
		panic("sample: negative Eta")
	}
	sched := d.Schedule()
	return newLinear(d, n, func(t, s float64) (a, b, sd float64, err error) {
		eta, err := etaOf(m.EtaFunc, t, m.Eta)
		if err != nil {
			return 0, 0, 0, err
		}
		ct, cs := sched.Coeff(t), sched.Coeff(s)
		r := ct.Alpha / cs.Alpha * cs.Sigma / ct.Sigma
		v := eta * eta * (1 - r*r)
		if v > 1 {
			return 0, 0, 0, fmt.Errorf("DDIM: the noise of this step, eta² tau = %.4g, is above 1: lower eta or take more steps", v)
		}
		k := cs.Sigma / ct.Sigma * math.Sqrt(1-v)
		return k, cs.Alpha - ct.Alpha*k, cs.Sigma * math.Sqrt(v), nil
	})
}
