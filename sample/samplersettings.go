package sample

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/sde"
)

// SettingError says what is wrong with a setting of a Sampler.
type SettingError struct {
	Setting string // its name in ParseMethod
	Value   any
	format  string
	args    []any // those of type ref are names of settings
}

// ref is the name of a setting within a message.
type ref string

func settingError(setting string, value any, format string, args ...any) error {
	return &SettingError{setting, value, format, args}
}

func notOneOf(setting, value string, names []string) error {
	return settingError(setting, value, "%s %q: use one of %s", ref(setting), value, strings.Join(names, ", "))
}

// Message returns the text of the error with prefix before each name of a setting,
// such as "--" where settings are flags.
func (e *SettingError) Message(prefix string) string { return e.wrapped(prefix).Error() }

// Error implements error.
func (e *SettingError) Error() string { return "sample: " + e.Message("") }

// Unwrap returns the cause, or nil.
func (e *SettingError) Unwrap() error { return errors.Unwrap(e.wrapped("")) }

func (e *SettingError) wrapped(prefix string) error {
	args := slices.Clone(e.args)
	for i, a := range args {
		if r, ok := a.(ref); ok {
			args[i] = prefix + string(r)
		}
	}
	return fmt.Errorf(e.format, args...)
}

// setting is a field of Sampler with the values that it can have.
type setting struct {
	name  string
	field func(*Sampler) any // a pointer to it
	valid func(v float64) bool
	want  string   // describes the valid numbers
	names []string // the valid words
}

// settings lists the settings in the order in which they are checked.
func settings() []setting {
	positive := func(v float64) bool { return v > 0 && v <= math.MaxFloat64 }
	notNegative := func(v float64) bool { return v == 0 || positive(v) }
	word := func(name string, field func(*Sampler) any, names []string) setting {
		return setting{name: name, field: field, names: names}
	}
	number := func(name string, field func(*Sampler) any, valid func(float64) bool, want string) setting {
		return setting{name: name, field: field, valid: valid, want: want}
	}
	count := func(name string, field func(*Sampler) any, least float64) setting {
		return setting{name: name, field: field, valid: func(v float64) bool { return v >= least && v <= maxCount }, want: fmt.Sprintf("at least %v and at most %d", least, maxCount)}
	}
	return []setting{
		word("variance", func(s *Sampler) any { return &s.Variance }, VarianceNames()),
		word("grid", func(s *Sampler) any { return &s.Grid }, GridNames()),
		word("corrector", func(s *Sampler) any { return &s.Corrector }, CorrectorNames()),
		number("eta", func(s *Sampler) any { return &s.Eta }, notNegative, "a number that is not negative"),
		number("churn", func(s *Sampler) any { return &s.Churn }, notNegative, "a number that is not negative"),
		number("tolerance", func(s *Sampler) any { return &s.Tolerance }, func(v float64) bool { return v > 0 && v <= 1 }, "a positive number of at most 1"),
		number("snr", func(s *Sampler) any { return &s.SNR }, func(v float64) bool { return v > 0 && v < 1 }, "a number between 0 and 1"),
		number("temperature", func(s *Sampler) any { return &s.Temperature }, positive, "a positive number"),
		number("start", func(s *Sampler) any { return &s.Start }, func(v float64) bool { return v > 0 && v <= 1 }, "a time above 0, of at most 1"),
		number("end", func(s *Sampler) any { return &s.End }, func(v float64) bool { return v > 0 && v < 1 }, "a time above 0 and below 1"),
		count("nfe", func(s *Sampler) any { return &s.NFE }, 1),
		count("levels", func(s *Sampler) any { return &s.Levels }, 2),
		count("corrector-steps", func(s *Sampler) any { return &s.CorrectorSteps }, 1),
		count("recurrence", func(s *Sampler) any { return &s.Recurrence }, 0),
		{name: "denoise", field: func(s *Sampler) any { return &s.Denoise }},
	}
}

// maxCount is the largest number of evaluations, levels, steps and repetitions.
const maxCount = 1 << 20

func settingNames() []string {
	var names []string
	for _, c := range settings() {
		names = append(names, c.name)
	}
	return names
}

// set parses value into the field and checks it.
func (c setting) set(s *Sampler, value string) (err error) {
	want := "a number"
	switch p := c.field(s).(type) {
	case *string:
		*p = value
	case *bool:
		*p, err = strconv.ParseBool(value)
		want = "true or false"
	case *int:
		*p, err = strconv.Atoi(value)
		want = "a whole number"
	case *float64:
		*p, err = strconv.ParseFloat(value, 64)
	case **float64:
		var v float64
		v, err = strconv.ParseFloat(value, 64)
		*p = &v
	}
	if err != nil {
		return settingError(c.name, value, "%s is %q: give %s", ref(c.name), value, want)
	}
	return c.check(s)
}

// given reports whether the field is not its zero value.
func (c setting) given(s *Sampler) bool {
	switch p := c.field(s).(type) {
	case *string:
		return *p != ""
	case *bool:
		return *p
	case *int:
		return *p != 0
	case *float64:
		return *p != 0 // NaN is given
	case **float64:
		return *p != nil
	}
	return false
}

// check errs on a value that the setting cannot have.
func (c setting) check(s *Sampler) error {
	var v float64
	var shown any
	switch p := c.field(s).(type) {
	case *string:
		if *p != "" && !slices.Contains(c.names, *p) {
			return notOneOf(c.name, *p, c.names)
		}
		return nil
	case *bool:
		return nil
	case *int:
		v, shown = float64(*p), *p
	case *float64:
		v, shown = *p, *p
	case **float64:
		v, shown = **p, **p
	}
	if !c.valid(v) {
		return settingError(c.name, shown, "%s is %v: give %s", ref(c.name), shown, c.want)
	}
	return nil
}

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
	if s.End > 0 && s.Start > 0 && s.End >= s.Start {
		return settingError("end", s.End, "%s is %v: give a time above 0 and below %s", ref("end"), s.End, ref("start"))
	}
	return s.checkBudget(k)
}

// checkBudget errs on a number of evaluations that does not pay for one step.
func (s Sampler) checkBudget(k samplerKind) error {
	if !k.has("nfe") {
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
