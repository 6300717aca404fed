package datasets

import (
	"fmt"

	"tweedie/internal/suggest"
)

// fewValues is the number of distinct values up to which a numeric column
// probably holds codes.
const fewValues = 10

// A table of fewer rows than fewRows, or than rowsPerColumn for each column
// modelled, is more easily repeated than learnt.
const (
	fewRows       = 100
	rowsPerColumn = 10
)

// Warnings says, one line each, what a user should know before a model of this
// schema is trusted. There are none for a table of continuous columns.
func (s *Schema) Warnings() []string {
	var constant, atoms, few, many, single []string
	for i := range s.Columns {
		switch c := &s.Columns[i]; {
		case c.Kind == Label && len(c.Levels) == 1:
			single = append(single, c.Name)
		case c.Kind == Label && 2*len(c.Levels) > s.Rows:
			many = append(many, c.Name)
		case c.Kind == Label:
		case c.Constant:
			constant = append(constant, c.Name)
		case c.Atom != nil:
			atoms = append(atoms, fmt.Sprintf("%s (%.0f %% are %g)", suggest.Quote(c.Name), 100*c.Atom.Share, c.Atom.Value))
		case c.Integer && c.Distinct <= fewValues && c.Distinct*fewValues < s.Rows:
			few = append(few, c.Name)
		}
	}
	var lines []string
	if d := s.Dim(); s.Rows < max(fewRows, rowsPerColumn*d) {
		lines = append(lines, fmt.Sprintf("only %d rows for %d columns: the model may be poor or repeat the rows, and held-out losses say little", s.Rows, d))
	}
	warn := func(names []string, format string) {
		if len(names) > 0 {
			lines = append(lines, fmt.Sprintf(format, suggest.List(names, 8)))
		}
	}
	warn(constant, "constant columns are not modelled, and written back as they were: %s")
	if len(atoms) > 0 {
		lines = append(lines, "zero-inflated or capped columns are modelled as continuous, which smears their frequent value: "+join(atoms, 8))
	}
	warn(few, "columns of a few whole numbers are modelled as continuous and rounded; if they are labels, use --condition: %s")
	warn(single, "label columns with one label condition on nothing: %s")
	warn(many, "label columns with few rows per label teach little; are they identifiers? %s")
	return lines
}

// join lists up to limit items, and how many more there are.
func join(items []string, limit int) string {
	out := ""
	for i, item := range items {
		if i == limit {
			return out + fmt.Sprintf(" and %d more", len(items)-limit)
		}
		if i > 0 {
			out += ", "
		}
		out += item
	}
	return out
}
