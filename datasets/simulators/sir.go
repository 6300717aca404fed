package simulators

import (
	"fmt"
	"math"

	"tweedie/datasets/prior"
	"tweedie/internal/stream"
)

const (
	sirPeople  = 1e6
	sirTested  = 1000
	sirTimes   = 10
	sirSpacing = 17 // days between tests
)

// sir is the task of an epidemic: one of a million is infected, contacts infect at the
// rate β and the infected recover at the rate γ,
//
//	dS/dt = -β S I/N   dI/dt = β S I/N - γ I
//	ln β ~ N(ln 0.4, 0.5²)   ln γ ~ N(ln 0.125, 0.2²)
//
// and x are the infected among 1,000 people tested on the days 0, 17, …, 153,
// Binomial(1000, I/N).
func sir() Task {
	mb, sb, mg, sg := math.Log(0.4), 0.5, math.Log(0.125), 0.2
	return &tractable{
		simulator{
			name: "sir",
			prior: mustPrior(
				prior.Entry{Name: "beta", Law: "log-normal", Mu: &mb, SD: &sb},
				prior.Entry{Name: "gamma", Law: "log-normal", Mu: &mg, SD: &sg},
			),
			columns: numbered("data", sirTimes),
			draw: func(x, theta []float64, rng *stream.Source) error {
				p, err := infected(theta)
				for k := range x {
					x[k] = float64(binomial(sirTested, p[k], rng.Float64()))
				}
				return err
			},
		},
		func(theta, x []float64) (float64, error) {
			p, err := infected(theta)
			sum := 0.0
			for k, v := range x {
				sum += logBinomial(v, sirTested, p[k])
			}
			return sum, err
		},
	}
}

// infected is I/N at the times of the tests. The equations are solved for S/N and ln I/N.
func infected(theta []float64) (p [sirTimes]float64, err error) {
	beta, gamma := theta[0], theta[1]
	if !(beta > 0 && gamma > 0) {
		return p, fmt.Errorf("beta is %g and gamma %g: give positive rates", beta, gamma)
	}
	f := func(y [2]float64) [2]float64 {
		return [2]float64{-beta * y[0] * math.Exp(y[1]), beta*y[0] - gamma}
	}
	start := [2]float64{1 - 1/sirPeople, math.Log(1 / sirPeople)}
	err = solveODE(f, start, sirSpacing, sirTimes-1, func(k int, y [2]float64) {
		p[k] = math.Min(math.Exp(y[1]), 1)
	})
	return p, err
}

// binomial returns the quantile at u of Binomial(n, p), n at most 1,000, adding
// probabilities from the nearer end: with p at most ½ the first is above 1e-302.
func binomial(n int, p, u float64) int {
	if p > .5 {
		return n - binomial(n, 1-p, math.Min(1-u, 1-0x1p-53))
	}
	term := math.Exp(float64(n) * math.Log1p(-p))
	odds := p / (1 - p)
	k := 0
	for u >= term && term > 0 && k < n {
		u -= term
		k++
		term *= odds * float64(n-k+1) / float64(k)
	}
	return k
}

// logBinomial is the log probability of k; -Inf unless k is a whole number of [0, n].
func logBinomial(k float64, n int, p float64) float64 {
	m := float64(n)
	if k != math.Trunc(k) || k < 0 || k > m {
		return math.Inf(-1)
	}
	a, _ := math.Lgamma(m + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(m - k + 1)
	l := a - b - c
	if k > 0 {
		l += k * math.Log(p)
	}
	if k < m {
		l += (m - k) * math.Log1p(-p)
	}
	return l
}
