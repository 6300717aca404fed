package datasets

import (
	"fmt"
	"math"

	"tweedie/internal/suggest"
)

// fullPrecision is the allowed relative error of values that are not rounded.
const fullPrecision = 1e-9

// Representable returns nil when Decode returns value for what Encode makes of it
// (in the middle of its interval, see EncodeCell), and an error that names the
// range of the column otherwise. A codec that does not extrapolate clips values to
// that range.
//
// The value may change by half a unit of the last digit, since it is rounded, but not to
// another value of the Grid. Where values
// are not rounded it may change by 1e-9 times the larger of |value| and the width
// of the range. NaN, a missing cell, is representable if the column has missing
// cells. It errs when the column is not one of numbers or dates.
func (e *Codec) Representable(column string, value float64) error {
	if _, _, err := e.Number(column); err != nil {
		return err
	}
	p, err := e.column(column)
	switch {
	case err != nil:
		return err
	case math.IsNaN(value) && p.missing < 0:
		return &Error{Column: column, Found: "a missing cell, of which the column had none", Remedy: "give a value"}
	case math.IsNaN(value) || p.field.IsLevel(value):
		return nil
	case p.field.leavesOne():
		return p.column.(numberColumn).unseenValue(p.field, value)
	}
	r := p.field.Range
	tolerance := 0.5 / p.field.perUnit() * (1 + 1e-9)
	if p.step == 0 {
		tolerance = fullPrecision * math.Max(math.Abs(value), r.Max-r.Min)
	}
	got := p.value(p.forward(value, 0, 0.5))
	if !math.IsInf(value, 0) && math.Abs(got-value) <= tolerance {
		return nil
	}
	text := func(v float64) string { return p.column.(numberColumn).text(p.field, v) }
	grid, remedy := "", "give a value in that range"
	if p.field.Grid != nil && value >= r.Min && value <= r.Max {
		grid, remedy = ", "+p.field.GridText(), "give one of these values"
	}
	if math.IsInf(value, 0) { // as a float32 of cells
		return &Error{Found: fmt.Sprintf("column %s has values from %s to %s, and this one is far beyond them", suggest.Quote(column), text(r.Min), text(r.Max)), Remedy: remedy}
	}
	return &Error{Found: fmt.Sprintf("column %s has values from %s to %s%s, and %s would come back as %s",
		suggest.Quote(column), text(r.Min), text(r.Max), grid, text(value), text(got)), Remedy: remedy}
}
