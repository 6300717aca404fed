package simulators

import (
	"fmt"
	"math"

	"tweedie/datasets/prior"
	"tweedie/internal/numeric"
	"tweedie/internal/stream"
)

const (
	lvPrey, lvPredators = 30, 1
	lvTimes             = 10
	lvSpacing           = 2.1 // 21 steps of 0.1
	lvSD                = 0.1
)

// lotkaVolterra is the task of prey X and predators Y, from 30 and 1,
//
//	dX/dt = α X - β X Y   dY/dt = -γ Y + δ X Y
//	ln α, ln γ ~ N(-0.125, 0.5²)   ln β, ln δ ~ N(-3, 0.5²)
//
// seen at the times 0, 2.1, …, 18.9 with an error of log-normal law: x are exp(ln u +
// 0.1 e) of ten X and then ten Y, u being X or Y between 1e-10 and 1e4. The equations are
// solved for ln X and ln Y, which are positive so whatever the step.
func lotkaVolterra() Task {
	mu, low, sd := -0.125, -3.0, 0.5
	entry := func(name string, mu *float64) prior.Entry {
		return prior.Entry{Name: name, Law: "log-normal", Mu: mu, SD: &sd}
	}
	return &tractable{
		simulator{
			name:    "lotka_volterra",
			prior:   mustPrior(entry("alpha", &mu), entry("beta", &low), entry("gamma", &mu), entry("delta", &low)),
			columns: numbered("data", 2*lvTimes),
			draw: func(x, theta []float64, rng *stream.Source) error {
				u, err := populations(theta)
				for k, v := range u {
					x[k] = math.Exp(v + lvSD*rng.NormFloat64())
				}
				return err
			},
		},
		func(theta, x []float64) (float64, error) {
			u, err := populations(theta)
			sum := 0.0
			for k, v := range x {
				if v <= 0 {
					return math.Inf(-1), err
				}
				l := math.Log(v)
				z := (l - u[k]) / lvSD
				sum -= z*z/2 + numeric.HalfLog2Pi + math.Log(lvSD) + l
			}
			return sum, err
		},
	}
}

// populations are ln X and ln Y at the times of observation, between ln 1e-10 and ln 1e4.
func populations(theta []float64) (u [2 * lvTimes]float64, err error) {
	alpha, beta, gamma, delta := theta[0], theta[1], theta[2], theta[3]
	if !(alpha > 0 && beta > 0 && gamma > 0 && delta > 0) {
		return u, fmt.Errorf("θ = %v: give positive rates", theta)
	}
	f := func(y [2]float64) [2]float64 {
		return [2]float64{alpha - beta*math.Exp(y[1]), -gamma + delta*math.Exp(y[0])}
	}
	start := [2]float64{math.Log(lvPrey), math.Log(lvPredators)}
	err = solveODE(f, start, lvSpacing, lvTimes-1, func(k int, y [2]float64) {
		for i, v := range y {
			u[k+lvTimes*i] = math.Min(math.Max(v, math.Log(1e-10)), math.Log(1e4))
		}
	})
	return u, err
}
