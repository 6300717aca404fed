package datasets

import (
	"fmt"
	"strconv"
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", plain(f.Name), f.Type, gaps, shown(f.describe()))
	}
	w.Flush()
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// plain quotes a name that is long, or has what a terminal would not show.
func plain(name string) string {
	if len(name) > 40 || strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return suggest.Quote(name)
	}
	return name
}

// shown escapes what a terminal would not show.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// Describe says in a line what the values of the column are, as Metadata.Summary does.
func (f *Field) Describe() string { return shown(f.describe()) }

func (f *Field) describe() string {
	parts := f.Type.column().describe(f)
	if f.Follows != nil {
		parts = append(parts, "follows from "+f.Follows.Column)
	}
	if f.Note != "" {
		parts = append(parts, f.Note)
	}
	return strings.Join(parts, "; ")
}

func (f *Field) describeClusters() string {
	n := f.items()
	text := fmt.Sprintf("%d in %d clusters of up to %d", n-f.Clustering.Own, f.Clustering.Clusters, f.Clustering.members(n))
	if f.Clustering.Own > 0 {
		text = fmt.Sprintf("the %d most frequent one by one, ", f.Clustering.Own) + text
	}
	return text
}

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

type warning struct {
	kind   warningKind
	column string
}

// warningKind is what a warning is about, in the order of Warnings.
type warningKind int

const (
	dropped warningKind = iota
	free
	renumbered
	empty
	unchanging
	grouped
	clustered
	noted
	warningKinds
)

var warningTexts = [warningKinds]string{
	dropped:    "identifiers are dropped",
	free:       "texts (nearly) unique to a row are left out, unless the column is declared categorical",
	renumbered: "identifiers are numbered anew, after the real ones",
	empty:      "columns without any value are written back empty",
	unchanging: "constant columns are not modelled, and written back as they were",
	grouped:    "rare levels are modelled as one and drawn by their frequency",
	clustered:  "columns of very many levels are modelled by clusters of levels that are alike, and their members",
	noted:      "look at",
}

// Warnings says, one line each, what a user should know before a model of the
// table is trusted: every column that is dropped, renumbered, not modeled,
// grouped, or of which the type was hard to tell is named.
func (m *Metadata) Warnings() []string {
	var columns [warningKinds][]string
	for j := range m.Columns {
		f := &m.Columns[j]
		for _, w := range f.Type.column().warnings(f) {
			columns[w.kind] = append(columns[w.kind], w.column)
		}
	}
	var lines []string
	for kind, names := range columns {
		if len(names) > 0 {
			lines = append(lines, warningTexts[kind]+": "+strings.Join(names, ", "))
		}
	}
	return lines
}

// noteWarning is the warning of a column whose type was hard to tell, if it was.
func noteWarning(f *Field) []warning {
	if f.Note == "" {
		return nil
	}
	return []warning{{noted, withNote(f)}}
}

func withNote(f *Field) string {
	if f.Note == "" {
		return suggest.Quote(f.Name)
	}
	return suggest.Quote(f.Name) + " (" + f.Note + ")"
}
