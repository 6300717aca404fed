package numeric

import (
	"fmt"
	"math"
)

// CheckAt errs unless v, what a function of time gave at t, is finite and not negative.
func CheckAt(what string, v, t float64) error {
	if !(v >= 0 && v <= math.MaxFloat64) {
		return fmt.Errorf("%s is %.6g at t = %.4g: give a function that is finite and not negative at every time of the run", what, v, t)
	}
	return nil
}
