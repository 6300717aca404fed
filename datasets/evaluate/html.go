package evaluate

import (
	"fmt"
	"io"

	"tweedie/internal/report"
)

// shownPairs is the number of pairs that a page has a bar of.
const shownPairs = 20

// Page says what a page has beside the report.
type Page struct {
	Command string // that made it; may be empty
	Footer  string // a line at the end, as the version; may be empty
}

// WriteHTML writes the report as one HTML page that needs nothing else: no
// script, no link, figures as inline SVG. All text is escaped. A report that was read from
// JSON has scores and no figures.
func (r *Report) WriteHTML(w io.Writer, o Page) error {
	sections := []report.Section{{Heading: "What was found", List: r.Findings}, r.scoreSection()}
	if r.drawn == nil {
		sections = append(sections, r.columnBars())
	} else {
		sections = append(sections, r.drawn.columns(), r.drawn.missingSection())
	}
	sections = append(sections, r.pairSections()...)
	if r.drawn != nil && len(r.drawn.distances) > 0 {
		sections = append(sections, r.distanceSection())
	}
	sections = append(sections, r.meanings())
	if len(r.Notes) > 0 {
		sections = append(sections, report.Section{Heading: "How it was done", List: r.Notes})
	}
	footer := fmt.Sprintf("tweedie evaluate, seed %d.", r.Seed)
	if o.Footer != "" {
		footer += " " + o.Footer
	}
	return report.Write(w, &report.Page{Title: "How good is the synthetic table?", Intro: []string{r.tables(), r.Target.String() + "."},
		Sections: sections, Command: o.Command, Footer: footer})
}

func (r *Report) scoreSection() report.Section {
	t := &report.Table{Header: []string{"score", "best"}}
	for _, c := range r.candidates() {
		t.Header = append(t.Header, c.name)
	}
	for _, l := range lines(r) {
		row := []string{l.name, l.good}
		for _, c := range r.candidates() {
			row = append(row, l.of(c.s))
		}
		t.Rows = append(t.Rows, row)
	}
	return report.Section{Heading: "All scores", Table: t, Text: []string{
		"No score means anything alone. The columns to the right are floors: tables made from the same real rows by methods that need no model worth the name, and other real rows. A good table does better than the first three, and about as well as the last.",
		"Independent columns: each cell drawn from its column by itself. Gaussian copula: columns tied by one matrix of correlations. Small mixture: up to fifty kinds of rows, in each of which columns are independent."}}
}

func (r *Report) meanings() report.Section {
	t := &report.Table{Header: []string{"score", "meaning"}}
	for _, l := range lines(r) {
		t.Rows = append(t.Rows, []string{l.name, l.means})
	}
	return report.Section{Heading: "What the scores mean", Table: t}
}

// columnBars are the scores of the columns alone.
func (r *Report) columnBars() report.Section {
	s := report.Section{Heading: "Columns, worst first", Text: []string{"1 when the column has the distribution of the real one."}}
	for _, c := range r.Columns {
		s.Bars = append(s.Bars, report.Bar{Label: c.Name, Value: c.Score.String(), Share: float64(c.Score)})
	}
	return s
}

var tables = &report.Key{First: "real rows", Second: "synthetic rows"}

func (d *drawn) columns() report.Section {
	return report.Section{Heading: "Columns, worst first", Keys: tables, Panels: d.marginals, Text: []string{
		"Each column in both tables. Numbers and dates are in bins of equal width, levels are bars, the most frequent first, with their share of the synthetic rows. The score is 1 when the synthetic column has the distribution of the real one, and 0 when the two have nothing in common."}}
}

func (d *drawn) missingSection() report.Section {
	s := report.Section{Heading: "Missing cells"}
	if d.missing == nil {
		s.Text = []string{"No cell of a column that is compared is missing in either table."}
		return s
	}
	s.Keys, s.Wide, s.Panels = tables, true, []report.Panel{*d.missing}
	s.Text = []string{"The two bars of a column are of the same length when as many synthetic cells are missing as real ones. The number is the share of the synthetic cells."}
	return s
}

func (r *Report) pairSections() []report.Section {
	if len(r.Pairs) == 0 {
		return nil
	}
	var list []report.Section
	if r.drawn != nil && len(r.drawn.heats) > 0 {
		text := "How closely two columns go together: correlation, from −1 to 1, of two numbers, and Cramér's V, from 0 to 1, where one of them has levels. Columns run from the left in the order in which they run down. Empty cells are zero, or of a column that does not vary."
		if n := r.ModeledColumns; n > report.NamedCells {
			text += fmt.Sprintf(" %d columns are too many for their names: they have the order of the table, and the list below names the pairs that are furthest off.", n)
		}
		list = append(list, report.Section{Heading: "Association of columns", Text: []string{text}, Wide: true, Panels: r.drawn.heats,
			Keys: nil, After: []string{"The third picture would be empty for a table whose columns go together as the real ones do; differences beyond 1 are drawn as 1."}})
	}
	s := report.Section{Heading: "Pairs of columns, worst first", Text: []string{
		fmt.Sprintf("1 when the two columns go together as in the real rows. Pairs that go together closely there have the stronger color; there are %d.", r.StrongPairs)}}
	for _, p := range r.Pairs[:min(shownPairs, len(r.Pairs))] {
		s.Bars = append(s.Bars, report.Bar{Label: p.A + " × " + p.B, Value: p.Score.String(), Share: float64(p.Score), Light: !p.Strong})
	}
	if n := len(r.Pairs) - len(s.Bars); n > 0 {
		s.After = append(s.After, fmt.Sprintf("Not shown: %s, at least as good as the last one here.", count(n, "more pair")))
	}
	if r.drawn != nil && len(r.drawn.pairs) > 0 {
		s.Panels, s.Keys = r.drawn.pairs, nil
		s.After = append(s.After, fmt.Sprintf("The worst pairs are drawn, at most %d rows of each table, taken at random. Axes are those of the real rows. Levels stand in the order of their names, with their rows spread out.", drawnPoints))
	}
	return append(list, s)
}

func (r *Report) distanceSection() report.Section {
	p := r.Synthetic.Privacy
	s := report.Section{Heading: "Distances to the nearest real rows", Wide: true, Panels: r.drawn.distances}
	if p.toHoldout == nil {
		s.Text = []string{fmt.Sprintf("%d synthetic rows, and for each the nearest of %d training rows. Distances are sums over columns, each of them 1 wide. A peak at zero is copies. Give held-out rows to see what is usual.", p.Rows, p.Against)}
		s.Keys = &report.Key{Second: "to training rows"}
		return s
	}
	s.Text = []string{fmt.Sprintf("%d synthetic rows, and for each the nearest of %d training rows and of as many held-out ones. Distances are sums over columns, each of them 1 wide. The two agree when the model has not learned rows by heart; an outline further to the left means that training rows are copied, exactly or nearly.", p.Rows, p.Against)}
	s.Keys = &report.Key{First: "to held-out rows", Second: "to training rows"}
	return s
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
