package sbi

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
	"tweedie/internal/report"
)

// Page says what a page of posteriors has beside them.
type Page struct {
	Level   float64 // of the credible intervals
	Caveats []string
	Command string // that made it; may be empty
	Footer  string // a line at the end, as the version; may be empty
}

// Most that is drawn: posteriors, and parameters of each.
const (
	drawnPosteriors = 6
	drawnParameters = 8
)

// WriteHTML writes posteriors as one HTML page that needs nothing else: a table of the
// parameters and, for at most six observations, a figure of at most eight parameters, by their
// order; what is left out is named. It panics without an observation, and errs when a figure
// cannot be drawn, as of less than 20 draws that differ.
func WriteHTML(w io.Writer, list []Inferred, o Page) error {
	names := make([]string, len(list[0].Parameters))
	for j, p := range list[0].Parameters {
		names[j] = p.Name
	}
	rows, _ := list[0].Draws.Dims()
	sections := []report.Section{parameterSection(list, o.Level)}
	for _, p := range list[:min(drawnPosteriors, len(list))] {
		s := report.Section{Heading: p.heading(len(list))}
		if err := p.draw(&s, names); err != nil {
			return fmt.Errorf("the posterior given %s: %w", p.Observation, err)
		}
		sections = append(sections, s)
	}
	if n := len(list) - drawnPosteriors; n > 0 {
		sections = append(sections, report.Section{Text: []string{counted(n, "more observation") + map[bool]string{true: " is", false: " are"}[n == 1] + " in the table and not drawn."}})
	}
	if len(o.Caveats) > 0 {
		sections = append(sections, report.Section{Heading: "What is approximate by its own account", List: o.Caveats})
	}
	intro := []string{
		about(rows, len(names), len(list)),
		"They are draws of the model's posterior. Whether this is the true one is another question, which tweedie calibrate answers."}
	return report.Write(w, &report.Page{Title: "What the data say of the parameters", Intro: intro, Sections: sections, Command: o.Command, Footer: o.Footer})
}

// about says of what the draws are.
func about(rows, parameters, observations int) string {
	s := counted(rows, "draw") + " of " + counted(parameters, "parameter")
	if observations > 1 {
		s += " for each of " + counted(observations, "observation")
	}
	return s + ", from a model that was trained on simulations."
}

// counted is a number of things, as "1 draw" or "3 draws".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// heading of the figure among those of n observations.
func (p *Inferred) heading(n int) string {
	if n == 1 {
		return "The posterior"
	}
	if _, err := strconv.Atoi(p.Observation); err == nil {
		return "The posterior given observation " + p.Observation
	}
	return "The posterior given " + p.Observation
}

func parameterSection(list []Inferred, level float64) report.Section {
	several, mode := len(list) > 1, false
	t := &report.Table{Header: []string{"parameter", "mean", "standard deviation", "median", fmt.Sprintf("%g %%, from", 100*level), "to"}}
	for _, p := range list {
		for _, m := range p.Parameters {
			mode = mode || m.MAP != nil
			row := []string{m.Name, fmt.Sprintf("%.5g", m.Mean), fmt.Sprintf("%.3g", m.SD), fmt.Sprintf("%.5g", m.Median), fmt.Sprintf("%.5g", m.Low), fmt.Sprintf("%.5g", m.High)}
			if m.MAP != nil {
				row = append(row, fmt.Sprintf("%.5g", *m.MAP))
			}
			if several {
				row = append([]string{p.Observation}, row...)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	text := fmt.Sprintf("The last two numbers are a credible interval of equal tails: the parameter is within it with a probability of %g %%.", 100*level)
	if mode {
		t.Header = append(t.Header, "MAP")
		text = fmt.Sprintf("The interval has equal tails: the parameter is within it with a probability of %g %%. MAP is where the density of all parameters together is largest, which need not be near the mean.", 100*level)
	}
	if several {
		t.Header = append([]string{"observation"}, t.Header...)
	}
	return report.Section{Heading: "Parameters", Table: t, After: []string{text}}
}

// draw adds the figure of a posterior: of one parameter too, as Corner draws it alone.
func (p *Inferred) draw(s *report.Section, names []string) error {
	n, d := p.Draws.Dims()
	k := min(d, drawnParameters)
	f, err := figure.Corner(figure.CornerOptions{Names: names[:k]}, p.Draws.Slice(0, n, 0, k).(*mat.Dense))
	if err != nil {
		return err
	}
	caption := "Each parameter as a histogram, and each pair as regions of highest density that hold 50 and 90 % of the draws."
	if d > k {
		caption += " Not drawn: " + strings.Join(names[k:], ", ") + "."
	}
	s.Figures = []report.Figure{{PNG: f.PNG(), Caption: caption}}
	return nil
}
