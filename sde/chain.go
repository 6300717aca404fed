package sde

import (
	"fmt"
	"math"
)

// Chain is a discrete sequence of N noise levels, x_i = a_i x_0 + s_i z for
// i = 0 … N-1, least noise first.
type Chain interface {
	Len() int
	// Level returns a_i and s_i.
	Level(i int) (alpha, sigma float64)
	// Time returns the t at which the continuous schedule of the chain has the
	// kernel of level i, exactly: a network of continuous time trains on it.
	Time(i int) float64
	Schedule() Schedule
	// Posterior returns the Gaussian x_{i-1} | x_i, x_0 as the weights of x_0
	// and x_i in its mean and its variance; x_{-1} is x_0 itself.
	Posterior(i int) (w0, wi, variance float64)
}

// DDPM is the discrete variance-preserving chain (Ho et al. 2020, eq. 2-7,
// arXiv:2006.11239; Song et al. 2021, eq. 10 and appendix C),
//
//	x_i = √(1 - β_i) x_{i-1} + √β_i z      β_i = linspace(BetaMin/N, BetaMax/N, N)
//
// so that ᾱ_i = Π_{k≤i} (1 - β_k) and x_i | x_0 ~ N(√ᾱ_i x_0, (1 - ᾱ_i) I).
// As N grows it becomes VP, with errors of order 1/N: N β_i → β(t) and
// ᾱ_{N-1} → exp(-B(1)). The slices are to be read only.
type DDPM struct {
	Beta     []float64
	AlphaBar []float64
	// Noise is 1 - ᾱ_i, free of the cancellation of that difference.
	Noise []float64

	vp VP
}

// NewDDPM returns the chain of n steps of the rates of s; the customary n is
// 1000. It errs if a β_i reaches 1 (with the default rates, for n ≤ 20), where
// √(1 - β_i) is not a number.
func NewDDPM(s VP, n int) (*DDPM, error) {
	l := s.beta()
	if n < 2 || l.b1/float64(n) >= 1 {
		return nil, fmt.Errorf("sde: DDPM chain of %d steps: β reaches %g; use more than %d steps",
			n, l.b1/float64(max(n, 1)), max(1, int(math.Floor(l.b1))))
	}
	beta := make([]float64, n)
	for i := range beta {
		beta[i] = l.rate(float64(i)/float64(n-1)) / float64(n)
	}
	return newDDPM(s, beta), nil
}

// newDDPM adds up the rates.
func newDDPM(s VP, beta []float64) *DDPM {
	c := &DDPM{beta, make([]float64, len(beta)), make([]float64, len(beta)), s}
	log := 0.0
	for i, b := range beta {
		log += math.Log1p(-b)
		c.AlphaBar[i], c.Noise[i] = math.Exp(log), -math.Expm1(log)
	}
	return c
}

func (c *DDPM) Len() int           { return len(c.Beta) }
func (c *DDPM) Schedule() Schedule { return c.vp }

func (c *DDPM) Level(i int) (alpha, sigma float64) {
	return math.Sqrt(c.AlphaBar[i]), math.Sqrt(c.Noise[i])
}

// Time implements Chain. It is near (i+1)/N. The last times may exceed 1 by a
// little: the chain ends with less signal than the SDE.
func (c *DDPM) Time(i int) float64 {
	a, s := c.Level(i)
	return c.vp.TimeAt(math.Log(a / s))
}

// Posterior implements Chain (Ho et al. 2020, eq. 7): the variance is
// β̃_i = β_i (1 - ᾱ_{i-1})/(1 - ᾱ_i), 0 at i = 0.
func (c *DDPM) Posterior(i int) (w0, wi, variance float64) {
	if i == 0 {
		return 1, 0, 0
	}
	b, s := c.Beta[i], c.Noise[i]
	before := c.Noise[i-1] / s
	return math.Sqrt(c.AlphaBar[i-1]) * b / s, math.Sqrt(1-b) * before, b * before
}

// SMLD is the discrete variance-exploding chain (Song & Ermon 2019,
// arXiv:1907.05600; Song et al. 2021, eq. 8 and appendix C),
//
//	x_i = x_{i-1} + √(σ_i² - σ_{i-1}²) z      σ_i geometric from SigmaMin to SigmaMax, σ_{-1} = 0
//
// so that x_i | x_0 ~ N(x_0, σ_i² I). As N grows it becomes VE:
// N (σ_i² - σ_{i-1}²) → g²(t), with an error of order 1/N. The levels are VE's
// own at t = i/(N-1).
type SMLD struct {
	Sigma []float64

	ve    VE
	times []float64 // of levels that were given; nil for i/(N-1)
}

// NewSMLD returns the chain of n ≥ 2 levels of s; the customary n is 1000.
func NewSMLD(s VE, n int) (*SMLD, error) {
	if n < 2 {
		return nil, fmt.Errorf("sde: SMLD chain of %d levels; use at least 2", n)
	}
	c := &SMLD{Sigma: make([]float64, n), ve: s}
	for i := range n {
		c.Sigma[i] = s.Coeff(c.Time(i)).Sigma
	}
	return c, nil
}

func (c *SMLD) Len() int                           { return len(c.Sigma) }
func (c *SMLD) Schedule() Schedule                 { return c.ve }
func (c *SMLD) Level(i int) (alpha, sigma float64) { return 1, c.Sigma[i] }

// Time implements Chain: i/(N-1), or where VE has the σ_i that was given.
func (c *SMLD) Time(i int) float64 {
	if c.times != nil {
		return c.times[i]
	}
	return float64(i) / float64(len(c.Sigma)-1)
}

// Increment returns σ_i² - σ_{i-1}², the variance of step i.
func (c *SMLD) Increment(i int) float64 {
	if i == 0 {
		return c.Sigma[0] * c.Sigma[0]
	}
	a, b := c.Sigma[i], c.Sigma[i-1]
	return (a - b) * (a + b)
}

// Posterior implements Chain (Song et al. 2021, appendix F): the variance is
// σ_{i-1}² (σ_i² - σ_{i-1}²)/σ_i², 0 at i = 0.
func (c *SMLD) Posterior(i int) (w0, wi, variance float64) {
	if i == 0 {
		return 1, 0, 0
	}
	s := c.Sigma[i] * c.Sigma[i]
	w0 = c.Increment(i) / s
	r := c.Sigma[i-1] / c.Sigma[i]
	return w0, r * r, c.Sigma[i-1] * c.Sigma[i-1] * w0
}
