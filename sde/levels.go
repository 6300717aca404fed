package sde

import (
	"errors"
	"fmt"
	"math"
)

// Levels are the noise levels of a discrete chain as a file or a flag gives them, least noise
// first: Count of the schedule's own, or β_i of a DDPM, or σ_i of an SMLD, or a List of what the
// schedule has of the two. One of the four is set. The slices are to be read only.
type Levels struct {
	Count int       `json:"count,omitempty"` // as NewDDPM and NewSMLD have them
	Beta  []float64 `json:"beta,omitempty"`  // in (0, 1), not falling
	Sigma []float64 `json:"sigma,omitempty"` // positive, rising
	List  []float64 `json:"list,omitempty"`  // β_i under VP, σ_i under VE
	// Step, if any, has ε_i, the step size of annealed Langevin dynamics at each level:
	// x ← x + ½ε_i ∇log p_i + √ε_i z. It is positive.
	Step []float64 `json:"step,omitempty"`
}

// MaxLevels is the largest number of levels in a file, and MaxCount that of a schedule's own.
const (
	MaxLevels = 1 << 16
	MaxCount  = 1 << 20
)

// lastTime is the latest time of a level, a little beyond the end of the schedule at t = 1.
const lastTime = 1.1

// Len returns the number of levels.
func (l *Levels) Len() int { return max(l.Count, len(l.Beta), len(l.Sigma), len(l.List)) }

// Check errs on levels that are out of range, and says which.
func (l *Levels) Check() error {
	kinds := 0
	for _, n := range []int{l.Count, len(l.Beta), len(l.Sigma), len(l.List)} {
		if n != 0 {
			kinds++
		}
	}
	switch n := l.Len(); {
	case kinds != 1:
		return errors.New("levels are a number of them, or the β_i of a DDPM, or the σ_i of an SMLD: give one of these")
	case n < 2:
		return fmt.Errorf("%d levels: a chain has at least 2", n)
	case l.Count == 0 && n > MaxLevels:
		return fmt.Errorf("%d levels: a chain from a file has at most %d", n, MaxLevels)
	case l.Count > MaxCount:
		return fmt.Errorf("%d levels: a chain has at most %d", n, MaxCount)
	case l.Step != nil && len(l.Step) != n:
		return fmt.Errorf("%d step sizes for %d levels", len(l.Step), n)
	}
	for i, b := range l.Beta {
		switch {
		case !(b > 0 && b < 1):
			return fmt.Errorf("level %d: β is %g, and must be above 0 and below 1", i+1, b)
		case i > 0 && b < l.Beta[i-1]:
			return fmt.Errorf("level %d: β falls from %g to %g: give the levels with least noise first", i+1, l.Beta[i-1], b)
		}
	}
	for i, s := range l.Sigma {
		switch {
		case !(s > 0 && s <= math.MaxFloat64):
			return fmt.Errorf("level %d: σ is %g, and must be a positive number", i+1, s)
		case i > 0 && s <= l.Sigma[i-1]:
			return fmt.Errorf("level %d: σ goes from %g to %g, and must rise: give the levels with least noise first", i+1, l.Sigma[i-1], s)
		}
	}
	for i, e := range l.Step {
		if !(e > 0 && e <= math.MaxFloat64) {
			return fmt.Errorf("level %d: the step is %g, and must be a positive number", i+1, e)
		}
	}
	return nil
}

// Chain returns the chain of the levels under a schedule: a DDPM under VP, an SMLD under VE. It
// errs for other schedules, and for levels beyond the noise of the schedule, where a model of it
// was not trained.
func (l *Levels) Chain(s Schedule) (Chain, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	switch s := s.(type) {
	case VP:
		switch {
		case l.Count > 0:
			return NewDDPM(s, l.Count)
		case l.List != nil:
			return NewDDPMOf(s, l.List)
		case l.Beta == nil:
			return nil, errors.New("σ_i are the levels of a ve schedule, and this one is vp: give β_i")
		}
		return NewDDPMOf(s, l.Beta)
	case VE:
		switch {
		case l.Count > 0:
			return NewSMLD(s, l.Count)
		case l.List != nil:
			return NewSMLDOf(s, l.List)
		case l.Sigma == nil:
			return nil, errors.New("β_i are the levels of a vp schedule, and this one is ve: give σ_i")
		}
		return NewSMLDOf(s, l.Sigma)
	}
	return nil, errors.New("only the schedules vp and ve have chains of levels, the DDPM and the SMLD")
}

// NewDDPMOf returns the chain with the rates β_i given. The times of its levels are those at
// which s has the same kernel. It errs on rates that Levels.Check refuses, and when the last
// level is later than t = 1.1.
func NewDDPMOf(s VP, beta []float64) (*DDPM, error) {
	if err := (&Levels{Beta: beta}).Check(); err != nil {
		return nil, fmt.Errorf("sde: DDPM chain: %w", err)
	}
	c := newDDPM(s, beta)
	for i := range beta {
		if i > 0 && !(c.Time(i) > c.Time(i-1)) {
			return nil, fmt.Errorf("sde: DDPM chain: level %d: a β of %g adds no noise: leave the level out", i+1, beta[i])
		}
	}
	if t := c.Time(c.Len() - 1); t > lastTime {
		a, _ := c.Level(c.Len() - 1)
		return nil, fmt.Errorf("sde: DDPM chain: it ends with %.3g of the signal, as the schedule would at t = %.3g, beyond its end at t = 1: give smaller β or fewer levels, or a schedule with a larger beta_max", a, t)
	}
	return c, nil
}

// NewSMLDOf returns the chain with the levels σ_i given. It errs on levels that Levels.Check
// refuses, and on levels outside of SigmaMin to SigmaMax of s.
func NewSMLDOf(s VE, sigma []float64) (*SMLD, error) {
	if err := (&Levels{Sigma: sigma}).Check(); err != nil {
		return nil, fmt.Errorf("sde: SMLD chain: %w", err)
	}
	lo, hi := s.Coeff(0).Sigma, s.Coeff(1).Sigma
	const slack = 1e-9 // numbers of a text
	if sigma[0] < lo*(1-slack) || sigma[len(sigma)-1] > hi*(1+slack) {
		return nil, fmt.Errorf("sde: SMLD chain: σ from %.6g to %.6g, and the schedule has it from %.6g to %.6g: give levels within, or a schedule with another sigma_min and sigma_max", sigma[0], sigma[len(sigma)-1], lo, hi)
	}
	c := &SMLD{Sigma: sigma, ve: s, times: make([]float64, len(sigma))}
	for i, v := range sigma {
		c.times[i] = math.Min(math.Max(s.TimeAt(-math.Log(v)), 0), 1)
	}
	return c, nil
}
