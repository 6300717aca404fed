package calibration

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"tweedie/internal/figure"
	"tweedie/internal/report"
)

// The size of a figure in inches, so that its text is legible on a narrow screen.
const pageFigure, pageFigureHeight = 3.7, 2.8

// shown is the number of columns in a figure: more lines than colors say nothing.
const shown = 6

// Page says what a page of a report has beside it.
type Page struct {
	Title   string // default "Is this guide right on this model?"
	Prefix  string // before the names of settings, as "--"
	Command string // that made the report; may be empty
	Footer  string // a line at the end of the page, as the version; may be empty
}

// WriteHTML writes the report as one HTML page that needs nothing else.
func (r *Report) WriteHTML(w io.Writer, o Page) error {
	sections, err := r.Sections(o.Prefix)
	if err != nil {
		return err
	}
	p := &report.Page{Title: cmp.Or(o.Title, "Is this guide right on this model?"), Intro: []string{sentence(r.Verdict(o.Prefix)), r.about()}, Sections: sections, Command: o.Command, Footer: o.Footer}
	return report.Write(w, p)
}

// sentence is a verdict as a sentence of its own.
func sentence(verdict string) string {
	v := strings.TrimPrefix(verdict, "verdict: ")
	return strings.ToUpper(v[:1]) + v[1:] + "."
}

// about says what was compared with what.
func (r *Report) about() string {
	if r.Replicas > 0 {
		return fmt.Sprintf("The model is its own ground truth. The truth is %d %s. What is known of a row was drawn from each, with the error laws of the guide, and %d guided rows for each of these observations. If guided rows are draws of the posterior, the rank of the true row among them is uniform: in each column, and in how well it agrees with the observation.",
			r.Replicas, strings.TrimSuffix(r.Truth, ","), r.Draws)
	}
	return fmt.Sprintf("%s were compared, column by column, with %s, which tell as much as %.0f rows that count alike.", r.guidedRows(), r.Truth, r.References)
}

// Sections are the parts of a page: findings, figures, and a table.
func (r *Report) Sections(prefix string) ([]report.Section, error) {
	ranks, cover, err := r.Figures()
	if err != nil {
		return nil, err
	}
	t := &report.Table{Header: []string{"", "p-value", "mean rank", "spread", "bias"}}
	for _, l := range r.Levels {
		t.Header = append(t.Header, "in "+percent(l))
	}
	for _, c := range slices.Concat(r.Columns, r.Fit) {
		row := []string{c.Name, fmt.Sprintf("%.2g", c.P), fmt.Sprintf("%.2f", c.Center), "–", "–"}
		if !c.Levels && c.Spread > 0 {
			row[3], row[4] = fmt.Sprintf("%.2f", c.Spread), fmt.Sprintf("%+.2f", c.Bias)
		}
		for k := range r.Levels {
			text := "–"
			if k < len(c.Cover) {
				text = percent(c.Cover[k])
			}
			row = append(row, text)
		}
		t.Rows = append(t.Rows, row)
	}
	found := r.Findings(prefix) // the last is the verdict, with which the page begins
	list := []report.Section{
		{Heading: "What was found", List: found[:len(found)-1]},
		{Heading: "Ranks of the truth", Text: []string{"A line that stays inside of the band is what a right guide gives. Below the band on the left and above it on the right: rows are too wide. The other way around: too narrow. Above it everywhere: the truth lies lower than the rows; below it: higher."},
			Figures: []report.Figure{{PNG: ranks.PNG(), Caption: r.caption()}}},
	}
	if cover != nil {
		list = append(list, report.Section{Heading: "Intervals", Figures: []report.Figure{{PNG: cover.PNG(), Caption: "How often the central interval of guided rows holds the truth, less what it should hold. The band has 99 % of the results of a right guide, at each interval."}}})
	}
	list = append(list, report.Section{Heading: "All numbers", Table: t, Text: []string{fmt.Sprintf(
		"A p-value below %.1g says that a column is off: all of a right guide's are above it in %.0f %% of the checks. The spread is that of the truth over that of the rows, the bias how far the truth lies above them, in their standard deviations.", r.Alpha(), 100*(1-Significance))}})
	if len(r.Caveats) > 0 {
		list = append(list, report.Section{Heading: "What is approximate by its own account", List: r.Caveats})
	}
	return list, nil
}

func (r *Report) caption() string {
	if r.Replicas > 0 {
		return fmt.Sprintf("Share of the ranks below each, less what uniform ranks have. The band holds the whole line of a right guide in 99 %% of the cases (%d replicas of %d draws; Säilynoja et al. 2022).", r.Replicas, r.Draws)
	}
	return fmt.Sprintf("Share of the truth below each share of the guided rows, less that share. The band holds the whole line of a right guide in 99 %% of the cases (Kolmogorov; %s, %.0f of the truth).", strings.TrimSuffix(r.guidedRows(), ","), r.References)
}

// Figures are the ranks and the coverage of the columns that are furthest off and of Fit,
// with bands of 99 %, and a note that names the columns that are left out. The second is nil
// if no column has intervals.
func (r *Report) Figures() (ranks, cover *figure.Figure, err error) {
	list := slices.Clone(r.Columns)
	slices.SortStableFunc(list, func(a, b Column) int { return cmp.Compare(a.P, b.P) })
	n := min(len(list), max(1, shown-len(r.Fit)))
	var others []string
	for _, c := range list[n:] {
		others = append(others, c.Name)
	}
	note := NotDrawn(others)
	list = append(list[:n:n], r.Fit...)
	if ranks, err = r.rankFigure(list, note); err != nil {
		return nil, nil, err
	}
	cover, err = r.coverFigure(list, note)
	return ranks, cover, err
}

// NotDrawn says which columns, with greater p-values, a figure leaves out: "" for none.
func NotDrawn(names []string) string {
	const most = 12
	if len(names) == 0 {
		return ""
	}
	text := "Not drawn, with greater p-values: " + strings.Join(names[:min(most, len(names))], ", ")
	if n := len(names) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text + "."
}

func (r *Report) rankFigure(list []Column, note string) (*figure.Figure, error) {
	b := figure.Band{Name: "99 % of right guides"}
	if r.Replicas > 0 {
		b.X, _ = list[0].Excess(r.Draws)
		b.Lo, b.Hi = Envelope(r.Replicas, r.Draws, 0.99)
	} else {
		d := flatBand(r.effective(), 0.99)
		b.X, b.Lo, b.Hi = []float64{0, 1}, []float64{-d, -d}, []float64{d, d}
	}
	var series []figure.Series
	for _, c := range list {
		x, y := c.Excess(r.Draws)
		series = append(series, figure.Series{Name: c.Name, X: x, Y: y})
	}
	return figure.Banded(figure.Axes{X: "rank, as a share", Y: "share below it, less its own", Width: pageFigure, Height: pageFigureHeight, Note: note}, b, false, series...)
}

func (r *Report) coverFigure(list []Column, note string) (*figure.Figure, error) {
	b := figure.Band{Name: "99 % of right guides"}
	var want []float64
	for _, level := range r.Levels {
		p, n := level, r.effective()
		if r.Replicas > 0 { // ranks are few
			p = 0
			for k := range r.Draws + 1 {
				if within(k, r.Draws, level) {
					p += 1 / float64(r.Draws+1)
				}
			}
		}
		lo, hi := CoverBand(n, p, 0.99)
		want = append(want, p)
		b.X, b.Lo, b.Hi = append(b.X, level), append(b.Lo, lo-p), append(b.Hi, hi-p)
	}
	var series []figure.Series
	for _, c := range list {
		if len(c.Cover) == 0 {
			continue
		}
		s := figure.Series{Name: c.Name, X: r.Levels}
		for k, v := range c.Cover {
			s.Y = append(s.Y, v-want[k])
		}
		series = append(series, s)
	}
	if len(series) == 0 {
		return nil, nil
	}
	return figure.Banded(figure.Axes{X: "central interval", Y: "share that holds the truth, less its own", Width: pageFigure, Height: pageFigureHeight, Note: note}, b, true, series...)
}
