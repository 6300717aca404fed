package sde

import (
	"cmp"
	"math"
)

// VE is the variance-exploding schedule (Song et al. 2021, eq. 9 and 31,
// arXiv:2011.13456), geometric in t:
//
//	α = 1      σ = SigmaMin (SigmaMax/SigmaMin)ᵗ
//	f = 0      g² = 2 σ² ln(SigmaMax/SigmaMin)
//
// A zero field means its default: SigmaMin 0.01, SigmaMax 50. Song et al.
// advise a SigmaMax as large as the largest distance between two data points.
//
// σ(0) is SigmaMin, not 0: p_0 is the law of the data blurred by SigmaMin. The
// SDE started at t = 0 from x_0 itself would have variance σ² - SigmaMin²; the
// kernel here, like the paper's, starts it from x_0 + SigmaMin z.
type VE struct{ SigmaMin, SigmaMax float64 }

var (
	_ SDE        = VE{}
	_ Invertible = VE{}
)

// ends returns ln SigmaMin and ln(SigmaMax/SigmaMin).
func (s VE) ends() (logMin, logRatio float64) {
	lo, hi := cmp.Or(s.SigmaMin, 0.01), cmp.Or(s.SigmaMax, 50)
	return math.Log(lo), math.Log(hi / lo)
}

func (s VE) Coeff(t float64) Coeff {
	m, r := s.ends()
	sg := math.Exp(m + t*r)
	return Coeff{Alpha: 1, Sigma: sg, DSigma: r * sg}
}

func (s VE) Drift(float64) float64 { return 0 }

func (s VE) Diffusion2(t float64) float64 {
	m, r := s.ends()
	return 2 * r * math.Exp(2*(m+t*r))
}

// TimeAt implements Invertible: λ = -ln σ.
func (s VE) TimeAt(lambda float64) float64 {
	m, r := s.ends()
	return (-lambda - m) / r
}
