package datasets

import (
	"fmt"
	"slices"
	"strings"
)

// problems are the errors of several columns of a table, one of each.
type problems []*Error

// add keeps an error of a column. It returns any other.
func (p *problems) add(err error) error {
	e, is := err.(*Error)
	if !is || e.Column == "" {
		return err
	}
	*p = append(*p, e)
	return nil
}

// maxProblems is the most columns that an error describes.
const maxProblems = 20

// error returns the first error, which tells of the others too; nil for none.
func (p problems) error() error {
	if len(p) == 0 {
		return nil
	}
	if len(p) == 1 {
		return p[0]
	}
	all, last := *p[0], p[0].Remedy
	all.Remedy = ""
	same := !slices.ContainsFunc(p, func(e *Error) bool { return e.Remedy != last })
	list := p[:min(len(p), maxProblems)]
	var found strings.Builder
	for k, e := range list {
		one := *e
		if one.File = ""; k == 0 {
			one.Row, one.Column = 0, ""
		}
		if same {
			one.Remedy = ""
		}
		found.WriteString("; " + one.Error())
	}
	if n := len(p) - len(list); n > 0 {
		fmt.Fprintf(&found, "; and %d more columns", n)
	}
	if same {
		all.Remedy = last
	}
	all.Found = strings.TrimPrefix(found.String(), "; ")
	return &all
}
