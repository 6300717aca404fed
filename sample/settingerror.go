package sample

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SettingError says what is wrong with a setting of a Sampler.
type SettingError struct {
	Setting string // its name in ParseMethod
	Value   any
	format  string
	args    []any // those of type ref are names of settings
}

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
