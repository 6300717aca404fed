package sample

import "fmt"

// etaOf evaluates a noise scale that may be a function of time; nil means def.
func etaOf(f func(float64) float64, t, def float64) (float64, error) {
	if f == nil {
		return def, nil
	}
	eta := f(t)
	if !(eta >= 0) {
		return 0, fmt.Errorf("eta is %g at t = %.4g, want at least 0", eta, t)
	}
	return eta, nil
}
