package evaluate

import (
	"fmt"
	"io"

	"tweedie/internal/report"
)

// Bars that a page shows.
const (
	shownColumns = 40
	shownPairs   = 20
)

// WriteHTML writes the report as one HTML page that needs nothing else: no
// script, no link, figures as inline SVG. All text is escaped.
func (r *Report) WriteHTML(w io.Writer) error {
	scores := &report.Table{Header: []string{"score", "best"}}
	for _, c := range r.candidates() {
		scores.Header = append(scores.Header, c.name)
	}
	meanings := &report.Table{Header: []string{"score", "meaning"}}
	for _, l := range lines(r) {
		row := []string{l.name, l.good}
		for _, c := range r.candidates() {
			row = append(row, l.of(c.s))
		}
		scores.Rows = append(scores.Rows, row)
		meanings.Rows = append(meanings.Rows, []string{l.name, l.means})
	}
	var columns, pairs []report.Bar
	for _, c := range r.Columns[:min(shownColumns, len(r.Columns))] {
		columns = append(columns, report.Bar{Label: c.Name, Value: c.Score.String(), Share: float64(c.Score)})
	}
	for _, p := range r.Pairs[:min(shownPairs, len(r.Pairs))] {
		pairs = append(pairs, report.Bar{Label: p.A + " × " + p.B, Value: p.Score.String(), Share: float64(p.Score), Light: !p.Strong})
	}
	about := []string{"1 when the column has the distribution of the real one."}
	if n := len(r.Columns) - len(columns); n > 0 {
		about = append(about, fmt.Sprintf("%d better ones are not shown.", n))
	}
	p := &report.Page{Title: "How good is the synthetic table?", Intro: []string{r.tables(), r.Target.String() + "."}, Footer: fmt.Sprintf("tweedie evaluate, seed %d.", r.Seed), Sections: []report.Section{
		{Heading: "What was found", List: r.Findings},
		{Heading: "All scores", Table: scores, Text: []string{
			"No score means anything alone. The columns to the right are floors: tables made from the same real rows by methods that need no model worth the name, and other real rows. A good table does better than the first three, and about as well as the last.",
			"Independent columns: each cell drawn from its column by itself. Gaussian copula: columns tied by one matrix of correlations. Small mixture: up to fifty kinds of rows, in each of which columns are independent."}},
		{Heading: "Columns, worst first", Text: about, Bars: columns},
	}}
	if len(pairs) > 0 {
		p.Sections = append(p.Sections, report.Section{Heading: "Pairs of columns, worst first", Bars: pairs, Text: []string{
			fmt.Sprintf("1 when the two columns go together as in the real rows. Pairs that go together closely there are dark; there are %d.", r.StrongPairs)}})
	}
	p.Sections = append(p.Sections, report.Section{Heading: "What the scores mean", Table: meanings})
	if len(r.Notes) > 0 {
		p.Sections = append(p.Sections, report.Section{Heading: "How it was done", List: r.Notes})
	}
	return report.Write(w, p)
}

func (r *Report) tables() string {
	called := func(name string) string {
		if name == "" {
			return ""
		}
		return " (" + name + ")"
	}
	text := fmt.Sprintf("%d synthetic rows%s against %d real rows%s that the model was trained on", r.SyntheticRows, called(r.Names.Synthetic), r.RealRows, called(r.Names.Real))
	if r.HoldoutRows > 0 {
		text += fmt.Sprintf(" and %d real rows%s that it has not seen", r.HoldoutRows, called(r.Names.Holdout))
	}
	return text + fmt.Sprintf("; %d columns.", r.ModeledColumns)
}
