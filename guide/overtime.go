package guide

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// overTime is a strength that is a number, of which 0 means 1, or a function of time.
type overTime struct {
	what   string
	number float64
	f      func(t float64) float64 // nil for the number
}

// at returns the strength at t, which check has passed.
func (s overTime) at(t float64) float64 {
	if s.f == nil {
		return cmp.Or(s.number, 1)
	}
	return s.f(t)
}

// once errs when number and function are both set, or the number is not finite.
func (s overTime) once() error {
	switch {
	case s.f != nil && s.number != 0:
		return fmt.Errorf("both %s and %sFunc are set: give one", s.what, s.what)
	case math.IsNaN(s.number) || math.IsInf(s.number, 0):
		return fmt.Errorf("%s is %g, want a number", s.what, s.number)
	}
	return nil
}

// check errs where the function is negative or not finite.
func (s overTime) check(t float64) error {
	if s.f == nil {
		return nil
	}
	return numeric.CheckAt(s.what, s.f(t), t)
}

// scaleRows multiplies each row of v by the strength at its time.
func (s overTime) scaleRows(v *mat.Dense, at State) {
	for i := range at.Rows() {
		k, row := s.at(at.Time(i)), v.RawRowView(i)
		for j := range row {
			row[j] *= k
		}
	}
}

// timeChecker is a Term with functions of time, checked at the times of each evaluation.
type timeChecker interface{ checkTime(t float64) error }

// checkTimes errs where a function of time of a term is negative or not finite.
func (p *Posterior) checkTimes(t []float64) error {
	for k, term := range p.terms {
		c, ok := term.(timeChecker)
		if !ok {
			continue
		}
		for i, u := range t {
			if i > 0 && u == t[i-1] {
				continue
			}
			if err := c.checkTime(u); err != nil {
				return fmt.Errorf("guide: term %d (%s): %w", k, name(term), err)
			}
		}
	}
	return nil
}

func (g DPS) checkTime(t float64) error {
	if err := g.over().check(t); err != nil {
		return err
	}
	return sde.CheckErrorAt(g.Error, t)
}

func (g DPSNorm) checkTime(t float64) error {
	return overTime{"Zeta", g.Zeta, g.ZetaFunc}.check(t)
}

func (g MMPS) checkTime(t float64) error               { return sde.CheckErrorAt(g.Error, t) }
func (g PiGDM) checkTime(t float64) error              { return sde.CheckErrorAt(g.Error, t) }
func (r Reward) checkTime(t float64) error             { return r.over().check(t) }
func (g ClassifierGuidance) checkTime(t float64) error { return g.over().check(t) }

func (g DPS) over() overTime                { return overTime{"Strength", g.Strength, g.StrengthFunc} }
func (r Reward) over() overTime             { return overTime{"Strength", r.Strength, r.StrengthFunc} }
func (g ClassifierGuidance) over() overTime { return overTime{"Scale", g.Scale, g.ScaleFunc} }
