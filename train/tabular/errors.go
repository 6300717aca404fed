package tabular

import (
	"errors"
	"fmt"
)

// OptionError is an option, or a part of a query, that cannot be honored. It has the name
// of the command's flag: lr for Rate, sde for Schedule, condition-dropout for LabelDropout,
// conditional-share for Conditional, scale for ClassifierScale, guide for Terms, and
// else that of the field in lower case, as where-by.
type OptionError struct {
	Option string // as "given", "where", "times"
	Err    error  // reads on from the option's name: "is 3: give at most 1"
}

func (e *OptionError) Error() string { return e.Option + " " + e.Err.Error() }
func (e *OptionError) Unwrap() error { return e.Err }

// bad returns the error of an option.
func bad(option, format string, args ...any) error {
	return &OptionError{option, fmt.Errorf(format, args...)}
}

var errNoCells = errors.New("the data has no cells, which a training takes: read the table again")
