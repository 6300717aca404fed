package tabular

import "fmt"

// OptionError is an option, or a part of a query, that cannot be honored.
type OptionError struct {
	Option string // as "given", "where", "times": the name of the command's flag
	Err    error  // reads on from the option's name: "is 3: give at most 1"
}

func (e *OptionError) Error() string { return e.Option + " " + e.Err.Error() }
func (e *OptionError) Unwrap() error { return e.Err }

// bad returns the error of an option.
func bad(option, format string, args ...any) error {
	return &OptionError{option, fmt.Errorf(format, args...)}
}
