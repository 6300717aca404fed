package losses

import (
	"errors"
	"fmt"

	"tweedie/sde"
)

// Span is the range of times [Lo, Hi] of a schedule that a TimeLaw draws from,
// with the values of λ = ln(α/σ) at its ends: LambdaLo > LambdaHi.
type Span struct {
	Sched              sde.Schedule
	Lo, Hi             float64
	LambdaLo, LambdaHi float64

	lo, hi float64 // what LogNormalSigma has found the ends to be, if hi > 0
}

func newSpan(s sde.Schedule, lo, hi float64) Span {
	return Span{Sched: s, Lo: lo, Hi: hi, LambdaLo: s.Coeff(lo).Lambda(), LambdaHi: s.Coeff(hi).Lambda()}
}

// timeAt returns the time of λ, kept within the span against rounding.
func (s Span) timeAt(lambda float64) float64 {
	return min(max(sde.TimeAt(s.Sched, lambda), s.Lo), s.Hi)
}

// rate returns -dλ/dt = σ'/σ - α'/α > 0 at t, which is also g²/(2σ²).
func (s Span) rate(t float64) float64 {
	c := s.Sched.Coeff(t)
	return c.DSigma/c.Sigma - c.DAlpha/c.Alpha
}

// check errs unless every weight is finite over the span.
func (s Span) check() error {
	if !(0 <= s.Lo && s.Lo < s.Hi && s.Hi <= 1) {
		return fmt.Errorf("losses: times [%g, %g] are not a range within [0, 1]", s.Lo, s.Hi)
	}
	if c := s.Sched.Coeff(s.Lo); !(c.Sigma > 0) {
		return fmt.Errorf("losses: sigma is %g at t = %g: raise TMin", c.Sigma, s.Lo)
	}
	if c := s.Sched.Coeff(s.Hi); !(c.Alpha > 0) {
		return fmt.Errorf("losses: alpha is %g at t = %g: lower TMax", c.Alpha, s.Hi)
	}
	if !(s.LambdaLo > s.LambdaHi) {
		return errors.New("losses: log-SNR does not decrease over the range of times")
	}
	return nil
}
