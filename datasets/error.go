package datasets

import (
	"strconv"
	"strings"

	"tweedie/internal/suggest"
)

// Error says what is wrong with a table, where, and what to do about it, on
// one line.
type Error struct {
	File   string // name given to the reader; "" when there is none
	Row    int    // line as an editor or a spreadsheet numbers it (the header is 1); 0 when the error is in no row
	Column string // name in the header; "" when the error is in no column
	Found  string // what was found
	Remedy string // what to do
	Err    error  // the cause, when it is another error
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Row > 0 {
		b.WriteString("row " + strconv.Itoa(e.Row))
	}
	if e.Column != "" {
		if e.Row > 0 {
			b.WriteString(", ")
		}
		b.WriteString("column " + suggest.Quote(e.Column))
	}
	if e.Row > 0 || e.Column != "" {
		b.WriteString(": ")
	}
	b.WriteString(e.Found)
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
