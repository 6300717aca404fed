package datasets

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"tweedie/internal/suggest"
)

// Summary describes the table, one line per column: name, type, missing cells,
// and what the values are.
func (m *Metadata) Summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows, %d columns\n", m.Rows, len(m.Columns))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for j := range m.Columns {
		f := &m.Columns[j]
		gaps := ""
		if f.Missing > 0 {
			gaps = fmt.Sprintf("%.1f %% missing", 100*float64(f.Missing)/float64(max(m.Rows, 1)))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(f.Name), f.Type, gaps, f.describe())
	}
	w.Flush()
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// plain shows a name as it is, unless that would break the line.
func plain(name string) string {
	if len(name) > 40 || strings.ContainsAny(name, "\t\n\v\f\r\x1b") {
		return suggest.Quote(name)
	}
	return name
}

// describe says what the values of a column are.
func (f *Field) describe() string {
	var parts []string
	switch {
	case f.Type.isNumber():
		if f.Range != nil && f.Digits != nil {
			text := func(v float64) string { return string(f.appendNumber(nil, f.number(), v)) }
			parts = append(parts, text(f.Range.Min)+" to "+text(f.Range.Max))
		}
		if f.Format != "" {
			parts = append(parts, "format "+suggest.Quote(f.Format))
		}
		parts = append(parts, f.describeAtoms()...)
	case f.Type.isCategory():
		parts = append(parts, f.describeLevels())
	case f.Type == TypeIdentifier && f.Sequence != nil:
		parts = append(parts, "numbered anew from "+suggest.Quote(string(f.Sequence.append(nil, 0))))
	case f.Type == TypeIdentifier:
		parts = append(parts, "dropped")
	case f.Value == "":
		parts = append(parts, "empty")
	default:
		parts = append(parts, "always "+suggest.Quote(f.Value))
	}
	if f.Note != "" {
		parts = append(parts, f.Note)
	}
	return strings.Join(parts, "; ")
}

// describeAtoms names the values that stand out, and counts the others.
func (f *Field) describeAtoms() (parts []string) {
	usual := 0
	for _, a := range f.Atoms {
		if a.Share >= atomShare {
			parts = append(parts, fmt.Sprintf("%.0f %% are %g", 100*a.Share, a.Value))
		} else {
			usual++
		}
	}
	if len(parts) > maxAtoms {
		parts, usual = nil, len(f.Atoms)
	}
	if usual > 0 {
		parts = append(parts, fmt.Sprintf("%d usual values", usual))
	}
	return parts
}

func (f *Field) describeLevels() string {
	names := make([]string, len(f.Levels))
	for k := range f.Levels {
		names[k] = f.Levels[k].Name
	}
	text := fmt.Sprintf("%d levels: %s", len(names), suggest.List(names, 4))
	if n, share := f.grouped(); n > 0 {
		text += fmt.Sprintf("; the %d rarest (%.1f %% of the rows) are grouped", n, 100*share)
	}
	if f.coded() {
		text += "; " + f.describeCode()
	}
	return text
}

// describeCode says how levels with a code are encoded.
func (f *Field) describeCode() string {
	n := f.items()
	text := fmt.Sprintf("%d in %d clusters of up to %d", n-f.Code.Own, f.Code.Clusters, f.Code.members(n))
	if f.Code.Own > 0 {
		text = fmt.Sprintf("the %d most frequent one by one, ", f.Code.Own) + text
	}
	return text
}

// grouped returns the number of grouped levels and their share of the values.
func (f *Field) grouped() (n int, share float64) {
	all, some := 0, 0
	for _, l := range f.Levels {
		all += l.Count
		if l.Grouped {
			n++
			some += l.Count
		}
	}
	return n, float64(some) / float64(max(all, 1))
}

// Warnings says, one line each, what a user should know before a model of the
// table is trusted: every column that is dropped, renumbered, not modelled,
// grouped, or of which the type was hard to tell is named.
func (m *Metadata) Warnings() []string {
	var dropped, renumbered, constant, empty, grouped, coded, noted []string
	for j := range m.Columns {
		f := &m.Columns[j]
		name := suggest.Quote(f.Name)
		switch {
		case f.Type == TypeIdentifier && f.Sequence == nil:
			dropped = append(dropped, withNote(name, f.Note))
		case f.Type == TypeIdentifier:
			renumbered = append(renumbered, withNote(name, f.Note))
		case f.Type == TypeConstant && f.Value == "":
			empty = append(empty, name)
		case f.Type == TypeConstant:
			constant = append(constant, name)
		case f.Note != "":
			noted = append(noted, withNote(name, f.Note))
		}
		if n, share := f.grouped(); n > 0 && f.Type.isCategory() {
			grouped = append(grouped, fmt.Sprintf("%s (%d of %d levels, %.1f %% of the rows)", name, n, len(f.Levels), 100*share))
		}
		if f.coded() {
			coded = append(coded, fmt.Sprintf("%s (%d levels: %s)", name, len(f.Levels), f.describeCode()))
		}
	}
	var lines []string
	warn := func(names []string, text string) {
		if len(names) > 0 {
			lines = append(lines, text+": "+strings.Join(names, ", "))
		}
	}
	warn(dropped, "identifiers are dropped")
	warn(renumbered, "identifiers are numbered anew")
	warn(empty, "columns without any value are written back empty")
	warn(constant, "constant columns are not modelled, and written back as they were")
	warn(grouped, "rare levels are modelled as one and drawn by their frequency")
	warn(coded, "columns of very many levels are modelled by clusters of levels that are alike, and their members")
	warn(noted, "look at")
	return lines
}

func withNote(name, note string) string {
	if note == "" {
		return name
	}
	return name + " (" + note + ")"
}
