package spec

import (
	"fmt"
	"math"

	"github.com/goccy/go-yaml"
	"tweedie/sde"
)

// OverTime is a strength: a number, or a formula of the time. In YAML it is either, as 2 or
// "0.3*(1-t)". The variables of a formula are t, sigma = σ/α and lambda = ln(α/σ) of the
// model's schedule (see sde.ParseOverTime), which File.Under brings.
type OverTime struct {
	Number  float64
	Formula string
	f       func(t float64) float64 // of Formula, under a schedule
}

// UnmarshalYAML reads either form.
func (v *OverTime) UnmarshalYAML(b []byte) error {
	if yaml.Unmarshal(b, &v.Number) == nil {
		return nil
	}
	if err := yaml.Unmarshal(b, &v.Formula); err != nil {
		return err
	}
	if v.Formula == "" {
		return fmt.Errorf("an empty formula: give a number, or a formula of t, sigma and lambda as \"0.3*(1-t)\"")
	}
	return nil
}

// IsZero reports whether nothing was said.
func (v OverTime) IsZero() bool { return v.Number == 0 && v.Formula == "" }

// under binds the formula to a schedule, which may be nil for a formula of t alone.
func (v OverTime) under(what string, s sde.Schedule) (OverTime, error) {
	if v.Formula == "" || v.f != nil && s == nil {
		return v, nil
	}
	var err error
	if v.f, err = sde.ParseOverTime(v.Formula, s); err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}

// get returns the number, or the function.
func (v OverTime) get(what string) (number float64, f func(t float64) float64, err error) {
	if v.Formula == "" && (math.IsInf(v.Number, 0) || math.IsNaN(v.Number)) {
		return 0, nil, fmt.Errorf("%s is %v: give a number", what, v.Number)
	}
	v, err = v.under(what, nil)
	return v.Number, v.f, err
}

// Under returns the file for models of a schedule, which formulas of sigma and lambda need.
// It errs on a formula that cannot be read.
func (f *File) Under(s sde.Schedule) (*File, error) {
	to := *f
	to.Terms = make([]Entry, len(f.Terms))
	for i, t := range f.Terms {
		var err error
		if to.Terms[i], err = t.under(s); err != nil {
			return nil, f.errorAt(i, err)
		}
	}
	return &to, nil
}

func (t Entry) under(s sde.Schedule) (_ Entry, err error) {
	if t.Reward != nil {
		r := *t.Reward
		if r.Strength, err = r.Strength.under("strength", s); err != nil {
			return t, err
		}
		t.Reward = &r
	}
	for _, c := range []struct {
		what string
		v    *OverTime
	}{{"strength", &t.Strength}, {"zeta", &t.Zeta}, {"anneal", &t.Anneal}} {
		if *c.v, err = c.v.under(c.what, s); err != nil {
			return t, err
		}
	}
	return t, nil
}

// annealed is the law of the errors with those of Anneal times as wide at t.
func (t Entry) annealed(law sde.Likelihood) (sde.Likelihood, error) {
	if t.Anneal.IsZero() {
		return law, nil
	}
	number, eps, err := t.Anneal.get("anneal")
	if err != nil {
		return nil, err
	}
	if eps == nil {
		return nil, fmt.Errorf("anneal is %v: give a formula that is 1 at t = 0, as \"1+4*t\"; a wider error for all times belongs into noise", number)
	}
	return sde.AnnealedError{Error: law, Epsilon: eps}, nil
}
