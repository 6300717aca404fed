package sample

import (
	"strconv"

	"tweedie/sde"
)

// SetEta sets the noise scale to a number, or to a formula of the time (see EtaFormula). It
// errs on a number that is negative and on a text that is neither.
func (s *Sampler) SetEta(value string) error {
	if v, err := strconv.ParseFloat(value, 64); err == nil {
		s.Eta, s.EtaFormula = &v, ""
		return etaSetting().check(s)
	}
	if value == "" {
		return settingError("eta", value, "%s is empty: give a number that is not negative, or a formula of t, sigma and lambda", ref("eta"))
	}
	s.Eta, s.EtaFormula = nil, value
	_, err := s.etaFunc(sde.VP{})
	return err
}

func etaSetting() (eta setting) {
	for _, c := range settings() {
		if c.name == "eta" {
			eta = c
		}
	}
	return eta
}

// checkEta errs on a formula beside a number, and on one that does not parse.
func (s Sampler) checkEta() error {
	if s.EtaFormula == "" {
		return nil
	}
	if s.Eta != nil {
		return settingError("eta", s.EtaFormula, "%s is both %v and %q: give one", ref("eta"), *s.Eta, s.EtaFormula)
	}
	_, err := s.etaFunc(sde.VP{})
	return err
}

// eta is the noise scale at all times, 0 unless it is set.
func (s Sampler) eta() float64 {
	if s.Eta == nil {
		return 0
	}
	return *s.Eta
}

// etaFunc is the noise scale under a schedule, nil for the method's own.
func (s Sampler) etaFunc(sched sde.Schedule) (func(t float64) float64, error) {
	switch {
	case s.EtaFormula != "":
		f, err := sde.ParseOverTime(s.EtaFormula, sched)
		if err != nil {
			return nil, settingError("eta", s.EtaFormula, "%s is %q: give a number that is not negative, or a formula of t, sigma and lambda: %w", ref("eta"), s.EtaFormula, err)
		}
		return f, nil
	case s.Eta == nil:
		return nil, nil
	}
	eta := *s.Eta
	return func(float64) float64 { return eta }, nil
}

// parts splits the settings of a sampler at the commas outside of parentheses.
func parts(text string) (list []string) {
	depth, start := 0, 0
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth <= 0:
			list, start = append(list, text[start:i]), i+1
		}
	}
	return append(list, text[start:])
}
