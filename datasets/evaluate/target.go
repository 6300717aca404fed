package evaluate

import (
	"fmt"
	"math"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// maxClasses is the number of levels up to which a target is predicted.
const maxClasses = 50

// Target is the column that is predicted.
type Target struct {
	Column string `json:"column"` // "" when nothing is predicted
	Reason string `json:"reason"` // why this one, or none
}

// String says which column is predicted, and why.
func (t Target) String() string {
	if t.Column == "" {
		return "nothing is predicted: " + t.Reason
	}
	return fmt.Sprintf("%q is predicted: %s", t.Column, t.Reason)
}

// chooseTarget takes the column that the options name, or the last one that can be predicted
// and is worth it: no constant, no key, and no text of many levels.
func (e *evaluation) chooseTarget(m *datasets.Metadata) error {
	t := &e.report.Target
	if e.o.Target != "" {
		*t = Target{e.o.Target, "it was asked for"}
		return e.namedTarget(m)
	}
	skipped, few := "", 0
	for e.target = len(e.all.cols) - 1; e.target >= 0; e.target-- {
		c := &e.all.cols[e.target]
		why := c.unpredictable()
		if why == "" && m.Columns[c.field].Rest != "" {
			why = "holds texts of single rows"
		}
		if why == "" && isKey(c, m.Columns[c.field].Type) {
			why = "is a key: its whole numbers all differ"
		}
		if why == "" {
			break
		}
		if few++; few <= 5 {
			skipped += fmt.Sprintf("; %s %s", suggest.Quote(c.name), why)
		}
	}
	if few > 5 {
		skipped += fmt.Sprintf("; and %d more", few-5)
	}
	if e.target < 0 {
		t.Reason = "no column is fit for it" + skipped
		return nil
	}
	*t = Target{e.all.cols[e.target].name, "the last column that can be, and none was named" + skipped}
	return nil
}

// TargetError is an error of Options.Target.
type TargetError struct{ error }

func (e TargetError) Unwrap() error { return e.error }

func badTarget(format string, args ...any) error { return TargetError{fmt.Errorf(format, args...)} }

func (e *evaluation) namedTarget(m *datasets.Metadata) error {
	name := e.o.Target
	if e.target = e.all.find(name); e.target < 0 {
		if f := m.Field(name); f != nil {
			return badTarget("column %s is %s and cannot be the target; name another one", suggest.Quote(name), f.Type)
		}
		var names []string
		for j := range e.all.cols {
			names = append(names, e.all.cols[j].name)
		}
		return badTarget("no column %s to predict; %s", suggest.Quote(name), suggest.Hint(name, names))
	}
	if why := e.all.cols[e.target].unpredictable(); why != "" {
		return badTarget("column %s %s and cannot be the target; name another one", suggest.Quote(name), why)
	}
	return nil
}

// unpredictable says why a column of the real rows cannot be a target, or "".
func (c *column) unpredictable() string {
	if !c.category() {
		if lo, hi := extent(c.num); !(lo < hi) {
			return "does not vary in the real rows"
		}
		return ""
	}
	if len(c.names) > maxClasses {
		return fmt.Sprintf("has %d levels, more than %d,", len(c.names), maxClasses)
	}
	one := -1
	for i, k := range c.level {
		if !c.missing(i) {
			if one >= 0 && k != one {
				return ""
			}
			one = k
		}
	}
	return "does not vary in the real rows"
}

// keyRows is the number of rows from which different whole numbers are a key.
const keyRows = 20

// isKey reports whether a column holds a whole number for each row, and none twice.
func isKey(c *column, t datasets.Type) bool {
	if c.category() || t == datasets.TypeDateTime || len(c.num) < keyRows {
		return false
	}
	seen := make(map[float64]bool, len(c.num))
	for _, v := range c.num {
		if seen[v] || v != math.Trunc(v) { // NaN too
			return false
		}
		seen[v] = true
	}
	return true
}
