package sde

import (
	"fmt"

	"tweedie/internal/numeric"
)

// CheckErrorAt errs where an AnnealedError in l has an Epsilon that is not a positive number
// at t. Guides ask at every time that they are evaluated at.
func CheckErrorAt(l Likelihood, t float64) error {
	switch l := l.(type) {
	case AnnealedError:
		if e := l.Epsilon(t); !(e > 0) || numeric.CheckAt("", e, t) != nil {
			return fmt.Errorf("the annealing Epsilon is %.6g at t = %.4g: give a function that is positive at every time of the run", e, t)
		}
		return CheckErrorAt(l.Error, t)
	case ScaledError:
		return CheckErrorAt(l.Error, t)
	case ErrorPerEntry:
		return checkErrorsAt(l, t)
	case MixtureError:
		return checkErrorsAt(l.Parts, t)
	}
	return nil
}

func checkErrorsAt(list []Likelihood, t float64) error {
	for _, l := range list {
		if err := CheckErrorAt(l, t); err != nil {
			return err
		}
	}
	return nil
}
