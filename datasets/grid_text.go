package datasets

import (
	"fmt"
	"math"
	"strings"
)

func (g *Grid) invalid() string {
	increasing := func(list []int, least, most int) bool {
		for i, v := range list {
			if v < least || v > most || i > 0 && v <= list[i-1] {
				return false
			}
		}
		return true
	}
	switch {
	case !(g.Step > 0) || math.IsInf(g.Step, 0) || math.IsNaN(g.Offset) || math.IsInf(g.Offset, 0):
		return "an impossible step"
	case g.Block < 0 || g.Block > 1<<40 || g.Period < 0 || g.Period > 1<<20,
		g.Period > 0 && (len(g.Residues) == 0 || len(g.Days) > 0) || g.Period == 0 && len(g.Residues) > 0,
		!increasing(g.Residues, 0, g.Period-1), !increasing(g.Days, 1, 31), !increasing(g.Months, 1, 12),
		len(g.Days) > 1 && g.Days[len(g.Days)-2] >= 28, len(g.Months) > 0 && len(g.Days) == 0:
		return "an impossible grid"
	case len(g.Weights) > 0 && len(g.Weights) != max(len(g.Residues), len(g.Days)):
		return "weights that are not those of the grid"
	}
	sum := 0.0
	for _, w := range g.Weights {
		if !(w >= leastWeight/2) {
			return "impossible weights of a grid"
		}
		sum += w
	}
	if len(g.Weights) > 0 && math.Abs(sum-float64(len(g.Weights))) > 1e-6 {
		return "weights of a grid that are not 1 on average"
	}
	return ""
}

// leastWeight keeps the cells of rare values wide enough for their rounding.
const leastWeight = 1e-3

// GridText says in words which values the column has, "" without a Grid.
func (f *Field) GridText() string {
	g := f.Grid
	if g == nil {
		return ""
	}
	var parts []string
	if unit := 1 / f.perUnit(); g.Step <= unit*(1+1e-9) || g.Period > 0 && f.Type != TypeDateTime {
	} else if g.block() == 1 {
		parts = append(parts, "in steps of "+f.duration(g.Step))
	} else {
		parts = append(parts, "every "+f.duration(g.Step))
	}
	switch {
	case len(g.Days) > 0:
		text := "on day " + strings.ReplaceAll(list(g.Days), "31", "31 (the last)") + " of the month"
		if len(g.Months) > 0 {
			text += ", in months " + list(g.Months)
		}
		parts = append(parts, text)
	case g.Period > 0 && f.Type == TypeDateTime:
		parts = append(parts, fmt.Sprintf("on %d days of the week", len(g.Residues)))
	case g.Period > 0:
		if n := len(g.Residues); n > 4 {
			parts = append(parts, fmt.Sprintf("a multiple of %.12g plus one of %d remainders", float64(g.Period)*g.Step, n))
			break
		}
		ends := make([]string, len(g.Residues))
		for i, r := range g.Residues {
			ends[i] = string(f.decimal().append(nil, f.decimal().round(g.Offset+float64(r)*g.Step)))
		}
		parts = append(parts, fmt.Sprintf("a multiple of %.12g plus %s", float64(g.Period)*g.Step, strings.Join(ends, " or ")))
	}
	return strings.Join(parts, ", ")
}

// duration names a number of units of a date, or a plain number.
func (f *Field) duration(step float64) string {
	if f.Type != TypeDateTime {
		return fmt.Sprintf("%.12g", step)
	}
	seconds := step * f.date().unit
	for _, unit := range []struct {
		seconds float64
		name    string
	}{{7 * 24 * 60 * 60, "weeks"}, {24 * 60 * 60, "days"}, {60 * 60, "hours"}, {60, "minutes"}} {
		if math.Mod(seconds, unit.seconds) == 0 {
			return fmt.Sprintf("%g %s", seconds/unit.seconds, unit.name)
		}
	}
	return fmt.Sprintf("%g seconds", seconds)
}

func list(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}
