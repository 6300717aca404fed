package train

import (
	"fmt"
	"io"

	"tweedie/internal/report"
)

// Page says what a page of a run has beside its losses.
type Page struct {
	Title    string
	About    []string    // paragraphs below the title
	Columns  [][3]string // name, type and values of the columns that were trained on
	Settings [][2]string // name and value
	Command  string      // that made it; may be empty
	Footer   string      // a line at the end, as the version; may be empty
}

// WriteHTML writes the reports of a run, in the order in which Observe was given them, as one
// HTML page that needs nothing else: curves of the losses, columns, settings. The page holds
// no clock: the same run has the same page.
func WriteHTML(w io.Writer, reports []Report, p Page) error {
	var sections []report.Section
	if len(reports) > 0 {
		sections = append(sections, lossSection(reports), rateSection(reports))
	} else {
		sections = append(sections, report.Section{Heading: "Losses", Text: []string{"No report was made: the run was at its end before it began."}})
	}
	if len(p.Columns) > 0 {
		t := &report.Table{Header: []string{"column", "type", "values"}}
		for _, c := range p.Columns {
			t.Rows = append(t.Rows, c[:])
		}
		sections = append(sections, report.Section{Heading: "Columns", Table: t, Text: []string{"What the columns were taken for. A column that is taken for something else than it is makes a worse model: correct it, and train again."}})
	}
	if len(p.Settings) > 0 {
		t := &report.Table{Header: []string{"setting", "value"}}
		for _, s := range p.Settings {
			t.Rows = append(t.Rows, s[:])
		}
		sections = append(sections, report.Section{Heading: "Settings", Table: t, Text: []string{"With the same data, these settings and the seed, a run on a processor of the same kind has the same bits."}})
	}
	return report.Write(w, &report.Page{Title: p.Title, Intro: p.About, Sections: sections, Command: p.Command, Footer: p.Footer})
}

func lossSection(reports []Report) report.Section {
	l := report.Lines{X: "step", Y: "denoising loss"}
	validated, last := false, reports[len(reports)-1]
	for _, e := range reports {
		l.At, l.First = append(l.At, float64(e.Step)), append(l.First, e.Loss)
		l.Second = append(l.Second, e.Validation)
		validated = validated || e.Validation != 0
	}
	s := report.Section{Heading: "Losses", Wide: true, Keys: &report.Key{First: "training rows", Lines: true}}
	s.Text = []string{fmt.Sprintf("After %d of %d steps the loss on training rows is %.4f, a mean since the report before. It does not fall to zero: noise cannot be undone entirely.", last.Step, last.Steps, last.Loss)}
	if !validated {
		l.Second = nil
		s.Text = append(s.Text, "No rows were kept for validation.")
	} else {
		s.Keys.Second = "held-out rows, averaged parameters"
		s.Text = append(s.Text, fmt.Sprintf("On rows that were kept out of training it is %.4f, and %.4f at its lowest. If it rises again while the loss on training rows falls, the model learns rows by heart; a run that stops early for that writes the model of the lowest one.", last.Validation, last.Best))
	}
	if first := reports[0].Step; last.Steps > 0 && first > 1 && first > last.Steps/10 && len(reports) > 1 {
		s.After = []string{fmt.Sprintf("The curves begin with step %d.", first)}
	}
	s.Panels = []report.Panel{{Title: "Loss", Drawing: l}}
	if n := len(reports) / 4; n > 2 {
		late := report.Lines{X: l.X, Y: l.Y, At: l.At[n:], First: l.First[n:]}
		if l.Second != nil {
			late.Second = l.Second[n:]
		}
		s.Panels = append(s.Panels, report.Panel{Title: "The same without its first quarter", Drawing: late})
	}
	return s
}

func rateSection(reports []Report) report.Section {
	rate, norm := report.Lines{X: "step", Y: "learning rate"}, report.Lines{X: "step", Y: "norm"}
	for _, e := range reports {
		rate.At, rate.First = append(rate.At, float64(e.Step)), append(rate.First, e.Rate)
		norm.At, norm.First = append(norm.At, float64(e.Step)), append(norm.First, e.GradNorm)
	}
	return report.Section{Heading: "Steps", Wide: true, Panels: []report.Panel{{Title: "Learning rate", Drawing: rate}, {Title: "Gradient, before clipping", Drawing: norm}},
		Text: []string{"A gradient whose norm grows through the run says that the learning rate is too high."}}
}
