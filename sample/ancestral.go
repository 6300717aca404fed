package sample

import (
	"fmt"
	"math"

	"tweedie/sde"
)

// Ancestral is ancestral sampling. Without Posterior it is the predictor of
// Song et al. 2021: for VP (eq. 4, arXiv:2011.13456; Ho et al. 2020 with the
// variance β, "fixed large"), β = β(t) h, h = t - s, held below 1,
//
//	x_s = (x + ½(1+η²) β ∇log p_t(x))/√(1-β) + η √β z,
//
// and for VE (eq. 47), with v = σ_t² - σ_s²,
//
//	x_s = x + ½(1+η²) v ∇log p_t(x) + η (σ_s/σ_t) √v z.
//
// Other schedules have no such form and are refused.
//
// With Posterior, it draws from N(x_s | x_t, x_0 = D), the posterior of the
// forward process, on any schedule. That is DDPM with its smaller variance
// (Ho et al. 2020, eq. 7, arXiv:2006.11239), SMLD, and DDIM with eta 1; with an
// η it is DDIM's.
type Ancestral struct {
	Posterior bool
	EtaFunc   func(t float64) float64 // noise scale η at t; nil means 1
}

func (m Ancestral) Info() Info {
	in := Info{"ancestral", Weak, 1, 1, true, false, "Song et al. 2021, eq. 4 and 47 (arXiv:2011.13456)", rateGrid{ve: AngleGrid{}}}
	if m.Posterior {
		in.Name, in.Source = "ancestral (posterior variance)", "Ho et al. 2020, eq. 7 (arXiv:2006.11239)"
	}
	return in
}

func (m Ancestral) New(d sde.Denoiser, n int) Stepper {
	if m.Posterior {
		if m.EtaFunc == nil {
			return DDIM{Eta: 1}.New(d, n)
		}
		return DDIM{EtaFunc: m.EtaFunc}.New(d, n)
	}
	sched := d.Schedule()
	return newLinear(d, n, func(t, s float64) (a, b, sd float64, err error) {
		eta, err := etaOf(m.EtaFunc, t, 1)
		if err != nil {
			return 0, 0, 0, err
		}
		c, w := sched.Coeff(t), 0.5*(1+eta*eta)
		switch sched.(type) {
		case sde.VP, sde.Cosine:
			beta := ddpmBeta(sched, t, s)
			k, r := w*beta/(c.Sigma*c.Sigma), math.Sqrt(1-beta)
			return (1 - k) / r, k * c.Alpha / r, eta * math.Sqrt(beta), nil
		case sde.VE:
			cs := sched.Coeff(s)
			v := (c.Sigma - cs.Sigma) * (c.Sigma + cs.Sigma)
			k := w * v / (c.Sigma * c.Sigma)
			return 1 - k, k, eta * cs.Sigma / c.Sigma * math.Sqrt(v), nil
		}
		return 0, 0, 0, fmt.Errorf("ancestral: no form for %T: set Posterior", sched)
	})
}
