package imputation

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/report"
)

// Page says what a page has beside the report.
type Page struct {
	Command string // that made it; may be empty
	Footer  string // a line at the end, as the version; may be empty
}

// WriteHTML writes the report as one HTML page that needs nothing else: a verdict, the errors
// of all imputers, and those of each column, where the first imputer stands beside the best of
// the others.
func (r *Report) WriteHTML(w io.Writer, o Page) error {
	sections := []report.Section{r.errorSection(), r.scoreSection()}
	if len(r.Methods) > 0 && len(r.Methods[0].Columns) > 0 {
		sections = append(sections, r.columnSection())
	}
	about := fmt.Sprintf("%d of %d known cells of %d rows were hidden (%s, a share of %g, seed %d) and filled again: %d numbers and dates, and %d categories, with %d draws for each.",
		r.Masked, r.Maskable, r.Rows, r.Masking.Mechanism, r.Masking.Share, r.Masking.Seed, r.Numbers, r.Categories, r.Draws)
	if len(r.Kept) > 0 {
		about += " Nothing was hidden in: " + strings.Join(r.Kept, ", ") + "."
	}
	return report.Write(w, &report.Page{Title: "How good are the filled cells?", Intro: []string{r.verdict(), about}, Sections: sections, Command: o.Command, Footer: o.Footer})
}

// verdict compares the first imputer with the best of the others.
func (r *Report) verdict() string {
	if len(r.Methods) < 2 {
		return "There is no other imputer to compare with."
	}
	m, best := &r.Methods[0], r.best()
	text := fmt.Sprintf("%s has a mean error of %.4f, and the best of the others, %s, %.4f", m.Name, m.MedianMAE, best.Name, best.MedianMAE)
	switch {
	case m.MedianMAE < best.MedianMAE:
		text = "No other imputer is nearer to the truth: " + text + "."
	default:
		text = "Another imputer is nearer to the truth: " + text + "."
	}
	if m.Coverage != nil {
		text += fmt.Sprintf(" Its intervals of %s hold the truth in %s of the cells.", percent(r.Level), percent(*m.Coverage))
	}
	return text
}

func (r *Report) best() *ImputerScores {
	best := &r.Methods[1]
	for i := range r.Methods[1:] {
		if m := &r.Methods[1+i]; m.MedianMAE < best.MedianMAE {
			best = m
		}
	}
	return best
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 0, 64) + " %" }

func (r *Report) errorSection() report.Section {
	s := report.Section{Heading: "Errors", Text: []string{"The mean distance of the median of the draws from the truth; of categories, whether the most frequent level is wrong. Columns of numbers span 1, so shorter bars are better. The first imputer has the stronger color."}}
	longest := 0.0
	for _, m := range r.Methods {
		longest = max(longest, m.MedianMAE)
	}
	for i, m := range r.Methods {
		s.Bars = append(s.Bars, report.Bar{Label: m.Name, Value: fmt.Sprintf("%.4f", m.MedianMAE), Share: m.MedianMAE / longest, Light: i > 0})
	}
	return s
}

func (r *Report) scoreSection() report.Section {
	level := percent(r.Level)
	t := &report.Table{Header: []string{"imputer", "MAE of median", "average MAE", "least MAE", "CRPS", level + " interval", "width", "log loss", "accuracy", "W1"}}
	for _, m := range r.Methods {
		t.Rows = append(t.Rows, []string{m.Name, fmt.Sprintf("%.4f", m.MedianMAE), fmt.Sprintf("%.4f", m.AvgMAE), fmt.Sprintf("%.4f", m.MinMAE),
			number(m.CRPS), number(m.Coverage), number(m.Width), number(m.LogLoss), number(m.Accuracy), fmt.Sprintf("%.4f", m.W1)})
	}
	return report.Section{Heading: "All scores", Table: t, After: []string{
		"MAE of median is the error above. The average MAE is that of a single draw, and favors draws that do not vary; the least MAE is that of the best draw of each row.",
		"CRPS is the average MAE of numbers with the spread of the draws to its credit: the score to compare imputers that draw. The next column is the share of numbers within the central interval of the draws, which should be " + level + ", and the width is that of these intervals.",
		"Log loss, in nats, and accuracy are of categories. W1 is the distance of the completed column from the true one: what bias and lost variance do to the table. Smaller is better, but for accuracy. A dash: there is no such cell."}}
}

func (r *Report) columnSection() report.Section {
	m := &r.Methods[0]
	t := &report.Table{Header: []string{"column", "hidden cells", "MAE of median, " + m.Name, "best of the others", "which", "intervals hold"}}
	for _, c := range m.Columns {
		row := []string{c.Column, fmt.Sprint(c.Masked), fmt.Sprintf("%.4f", c.MedianMAE), "–", "–", number(c.Coverage)}
		least := -1.0
		for _, other := range r.Methods[1:] {
			k := slices.IndexFunc(other.Columns, func(o ColumnScores) bool { return o.Column == c.Column })
			if k >= 0 && (least < 0 || other.Columns[k].MedianMAE < least) {
				least = other.Columns[k].MedianMAE
				row[3], row[4] = fmt.Sprintf("%.4f", least), other.Name
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return report.Section{Heading: "Columns", Table: t, Text: []string{"The same error column by column. The best of the others is chosen for each column by the truth, which flatters it. The last number should be " + percent(r.Level) + ", as a share."}}
}
