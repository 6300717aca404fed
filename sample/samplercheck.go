package sample

import (
	"fmt"
	"strings"

	"tweedie/sde"
)

// allows errs unless the sampler has a setting.
func (s *Sampler) allows(name string) error {
	k, err := s.kind()
	if err != nil || k.has(name) {
		return err
	}
	var owners []string
	for _, o := range samplerKinds() {
		if o.has(name) {
			owners = append(owners, o.name)
		}
	}
	switch name {
	case "temperature", "denoise":
		return nil // every sampler has them
	case "snr", "corrector-steps":
		return nil // those with a corrector have them: see Validate
	}
	return settingError(name, nil, "%s is no option of %s %s: it is one of %s", ref(name), ref("sampler"), k.name, strings.Join(owners, ", "))
}

// Validate errs on what no schedule can honor: values out of range, settings that
// the sampler does not have, a budget that does not pay for one step. The error is
// a *SettingError.
func (s Sampler) Validate() error {
	k, err := s.kind()
	if err != nil {
		return err
	}
	var set []setting
	for _, c := range settings() {
		if c.given(&s) {
			set = append(set, c)
		}
	}
	for _, c := range set {
		if err := s.allows(c.name); err != nil {
			return err
		}
	}
	for _, c := range set {
		if (c.name == "snr" || c.name == "corrector-steps") && s.Corrector == "" && !k.has(c.name) {
			return settingError(c.name, nil, "%s needs %s, or %s ald", ref(c.name), ref("corrector"), ref("sampler"))
		}
		if err := c.check(&s); err != nil {
			return err
		}
	}
	if err := s.checkLevels(); err != nil {
		return err
	}
	if s.EtaFormula != "" {
		if err := s.allows("eta"); err != nil {
			return err
		}
		if err := s.checkEta(); err != nil {
			return err
		}
	}
	if s.End > 0 && s.Start > 0 && s.End >= s.Start {
		return settingError("end", s.End, "%s is %v: give a time above 0 and below %s", ref("end"), s.End, ref("start"))
	}
	return s.checkBudget(k)
}

// checkBudget errs on a number of evaluations that does not pay for one step.
func (s Sampler) checkBudget(k samplerKind) error {
	if !k.has("nfe") || s.onLevels() {
		return nil
	}
	m, err := s.build(sde.VP{}) // a step costs the same on any schedule
	if err != nil {
		return err
	}
	least, args := m.Info().EvalsPerStep, []any{ref("nfe"), s.Evaluations()}
	text := "%s is %d: one step of " + k.name
	if s.Corrector != "" {
		text += " with its corrections"
	}
	if s.Recurrence > 0 {
		text += fmt.Sprintf(", taken %d times,", 1+s.Recurrence)
	}
	if s.Denoise {
		least++
		text += " and %s"
		args = append(args, ref("denoise"))
	}
	if s.Evaluations() < least {
		return settingError("nfe", s.Evaluations(), text+" takes %d evaluations", append(args, least)...)
	}
	return nil
}

// corrections is the least number of steps of corrections alone, which lag behind the
// noise level with fewer.
const corrections = 1000

// checkSteps errs on fewer steps than the sampler takes on the schedule.
func (s Sampler) checkSteps(m Method, sched sde.Schedule) error {
	k, err := s.kind()
	if err != nil {
		return err
	}
	least, where := 0, ""
	if _, ok := sched.(sde.VE); ok && k.steps > 0 {
		least, where = k.steps, " on a ve schedule"
	}
	if k.name == "none" {
		least = corrections
	}
	each := m.Info().EvalsPerStep
	if k.name == "none" {
		each = 1
	}
	if s.Evaluations() >= least*each {
		return nil
	}
	return settingError("nfe", s.Evaluations(), "%s is %d: %s %s takes %d evaluations%s to come near the law of the model: give as many, or use dpmpp2m", ref("nfe"), s.Evaluations(), ref("sampler"), k.name, least*each, where)
}
