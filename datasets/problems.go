package datasets

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/internal/suggest"
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

// What an error of several columns has room for, in bytes: the first are described, more
// are named, the rest are counted.
const (
	maxDescribed = 500
	maxNamed     = 250
)

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
	if same {
		all.Remedy = last
	}
	var b strings.Builder
	n := 0
	for ; n < len(p) && b.Len() < maxDescribed; n++ {
		one := *p[n]
		if one.File = ""; n == 0 {
			one.Row, one.Column = 0, ""
		}
		if same {
			one.Remedy = ""
		}
		b.WriteString("; " + one.Error())
	}
	most := b.Len() + maxNamed
	for ; n < len(p) && b.Len() < most; n++ {
		b.WriteString("; column " + suggest.Quote(p[n].Column))
	}
	if n < len(p) {
		fmt.Fprintf(&b, "; and %d more columns", len(p)-n)
	}
	all.Found = strings.TrimPrefix(b.String(), "; ")
	return &all
}
