package sde

import (
	"fmt"
	"math"

	"tweedie/internal/formula"
)

// TimeVariables are the variables of a formula of the time: t, sigma = σ/α and
// lambda = ln(α/σ).
func TimeVariables() []string { return []string{"t", "sigma", "lambda"} }

// ParseOverTime returns the function of time that a formula describes, such as "0.3*(1-t)" or
// "min(1, sigma)" (see TimeVariables), under the schedule s. A number is a formula, and the
// only one for which s may be nil, but for those of t alone. At σ = 0 lambda is +Inf, and at
// α = 0 sigma is. The function is safe for concurrent use.
func ParseOverTime(text string, s Schedule) (func(t float64) float64, error) {
	f, err := formula.Names{Vars: TimeVariables(), What: "variable"}.Parse(text)
	if err != nil {
		return nil, err
	}
	if s == nil && (f.Uses(1) || f.Uses(2)) {
		return nil, fmt.Errorf("%q depends on sigma or lambda, and there is no schedule to have them from", text)
	}
	return func(t float64) float64 {
		at := [3]float64{t, math.NaN(), math.NaN()}
		if s != nil {
			c := s.Coeff(t)
			at[1], at[2] = c.Sigma/c.Alpha, c.Lambda()
		}
		return f.Value(at[:])
	}, nil
}
