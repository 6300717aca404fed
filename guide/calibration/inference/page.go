package inference

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"tweedie/guide/calibration"
	"tweedie/internal/figure"
	"tweedie/internal/report"
)

// shown is the number of parameters in a figure: more lines than colors say nothing.
const shown = 6

// bandLevel is the share of right models whose whole line is inside of a band.
const bandLevel = 1 - calibration.Significance

// WriteHTML writes the report as one HTML page that needs nothing else. Of the page, Prefix
// has no meaning.
func (r *Report) WriteHTML(w io.Writer, o calibration.Page) error {
	ranks, cover, err := r.Figures()
	if err != nil {
		return err
	}
	v, found := r.Verdict(), r.Findings() // of which the last is the verdict
	sections := []report.Section{
		{Heading: "What was found", List: found[:len(found)-1]},
		{Heading: "Ranks of the true parameters", Text: []string{
			"A line that stays inside of the band is what a right model gives. Below the band on the left and above it on the right: draws are too wide. The other way around: too narrow. Above it everywhere: the truth lies lower than the draws; below it: higher."},
			Figures: []report.Figure{{PNG: ranks.PNG(), Caption: fmt.Sprintf("Share of the ranks below each, less what uniform ranks have%s. The band holds the whole line of a right model in %.0f %% of the cases (%d simulations, %d draws each; Talts et al. 2018; Säilynoja et al. 2022).", r.which(), 100*bandLevel, r.Simulations, r.Draws)}}},
		{Heading: "Regions of all parameters", Text: []string{
			"How often a region that should hold the truth with some probability does. TARP's regions are balls about points that follow the data; the others are those of highest density. Below the diagonal the model is too sure of itself, above it not sure enough."},
			Figures: []report.Figure{{PNG: cover.PNG(), Caption: fmt.Sprintf("Share of regions that hold the truth. The band holds the whole line of a right model in %.0f %% of the cases (Lemos et al. 2023; Hermans et al. 2022).", 100*bandLevel)}}},
		{Heading: "All numbers", Table: r.parameterTable()},
		{Table: r.regionTable(), Text: []string{fmt.Sprintf(
			"A p-value below %.1g says that a parameter or a kind of region is off: all of a right model's are above it in %.0f %% of the reports or more. It is three times the least of three: Kolmogorov and Smirnov's, χ² of ten bins, and that of the number within 90 %%. The spread is that of the truth over that of the draws, z the distance of their mean from the truth in their standard deviations, contraction 1 less the variance of draws over that of the prior.", r.Alpha, 100*(1-calibration.Significance))}},
	}
	if r.Local != nil {
		sections = append(sections, r.Local.sections()...)
	}
	if len(r.Caveats) > 0 {
		sections = append(sections, report.Section{Heading: "What is approximate by its own account", List: r.Caveats})
	}
	return report.Write(w, &report.Page{
		Title: cmp.Or(o.Title, "Are the posteriors of this model right?"), Intro: []string{strings.ToUpper(v[:1]) + v[1:] + ".", r.about()},
		Sections: sections, Command: o.Command, Footer: o.Footer,
	})
}

func (r *Report) about() string {
	return fmt.Sprintf("%d pairs of parameters and data, which the model has not seen, were simulated. For each, the model drew %d times from its posterior given the data. If these are draws of the true posterior, the rank of the true parameters among them is uniform, whatever is ranked.", r.Simulations, r.Draws)
}

func (r *Report) which() string {
	if len(r.Parameters) > shown {
		return fmt.Sprintf(", of the %d parameters that are furthest off", shown)
	}
	return ""
}

func (r *Report) parameterTable() *report.Table {
	t := &report.Table{Header: []string{"parameter", "p-value", "KS", "χ²", "in 90 %", "mean rank", "spread", "z", "sd of z", "contraction"}}
	for _, l := range r.Levels {
		t.Header = append(t.Header, fmt.Sprintf("holds, %.0f %%", 100*l))
	}
	for _, p := range r.Parameters {
		row := []string{p.Name, short(p.P), short(p.KS), short(p.ChiSquare), short(p.Central), fmt.Sprintf("%.2f", p.Center), fmt.Sprintf("%.2f", p.Spread), fmt.Sprintf("%+.2f", p.ZMean), fmt.Sprintf("%.2f", p.ZSD), fmt.Sprintf("%.2f", p.Contraction)}
		for k := range r.Levels {
			cell := "–"
			if k < len(p.Cover) {
				cell = fmt.Sprintf("%.0f %%", 100*p.Cover[k])
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (r *Report) regionTable() *report.Table {
	t := &report.Table{Header: []string{"regions", "p-value", "KS", "χ²", "in 90 %"}}
	for _, l := range r.Levels {
		t.Header = append(t.Header, fmt.Sprintf("holds, %.0f %%", 100*l))
	}
	for _, g := range r.Regions {
		row := []string{g.Name, short(g.P), short(g.KS), short(g.ChiSquare), short(g.Central)}
		for _, l := range r.Levels {
			row = append(row, fmt.Sprintf("%.0f %%", 100*g.coverage(l)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// mostNumbers bounds the rows of a table of predictive checks.
const mostNumbers = 20

// sections are those of the observations.
func (l *Local) sections() []report.Section {
	t := &report.Table{Header: []string{"observation", "L-C2ST", "its p-value", "distance", "typical", "its p-value", "furthest out", "as far"}}
	for i, o := range l.Observations {
		row := []string{fmt.Sprint(i + 1), "–", "–", fmt.Sprintf("%.2f", l.Novelty.Score[i]), fmt.Sprintf("%.2f", l.Novelty.Typical), short(l.Novelty.P[i]), l.Novelty.Column[i], fmt.Sprintf("%.2g %%", 100*l.Novelty.Share[i])}
		if o.P > 0 {
			row[1], row[2] = fmt.Sprintf("%.4f", o.Statistic), short(o.P)
		}
		t.Rows = append(t.Rows, row)
	}
	text := []string{"L-C2ST says whether a classifier, trained on simulations, tells draws of the posterior from the true one there (Linhart et al. 2023). The distance is that to the nearest simulations, in normal scores: an observation that is unlike all of them is one that the model has not learned about, and no test here says anything of its posterior."}
	list := []report.Section{{Heading: "Observations", Text: text, Table: t}}
	for i, p := range l.Predictive {
		list = append(list, report.Section{Text: []string{fmt.Sprintf("Posterior predictive check of %s: %s. These p-values lie nearer to ½ than uniform ones, as the observation was used twice.", l.name(i), p.finding())}, Table: p.table()})
	}
	return list
}

// table has the numbers that are furthest out.
func (p *Predictive) table() *report.Table {
	order := make([]int, len(p.P))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return compare(p.P[a], p.P[b]) })
	t := &report.Table{Header: []string{"number", "rank among the simulated", "p-value"}}
	for _, j := range order[:min(len(order), mostNumbers)] {
		t.Rows = append(t.Rows, []string{p.Names[j], fmt.Sprintf("%.2f", p.Ranks[j]), short(p.P[j])})
	}
	return t
}

func short(p float64) string { return fmt.Sprintf("%.2g", p) }

// Figures are the ranks of the parameters that are furthest off, and how often regions hold
// the truth, with bands of 99 %.
func (r *Report) Figures() (ranks, cover *figure.Figure, err error) {
	list := slices.Clone(r.Parameters)
	slices.SortStableFunc(list, func(a, b Parameter) int { return compare(a.P, b.P) })
	b := figure.Band{Name: "99 % of right models"}
	b.X, _ = list[0].Excess(r.Draws)
	b.Lo, b.Hi = calibration.Envelope(r.Simulations, r.Draws, bandLevel)
	var series []figure.Series
	var others []string
	for _, p := range list[min(len(list), shown):] {
		others = append(others, p.Name)
	}
	for _, p := range list[:min(len(list), shown)] {
		x, y := p.Excess(r.Draws)
		series = append(series, figure.Series{Name: p.Name, X: append([]float64{0}, x...), Y: append([]float64{0}, y...)})
	}
	ranks, err = figure.Banded(figure.Axes{X: "rank, as a share", Y: "share below it, less its own", Width: pageFigure, Height: pageFigureHeight, Note: calibration.NotDrawn(others)}, b, false, series...)
	if err != nil {
		return nil, nil, err
	}
	cover, err = r.coverage(b)
	return ranks, cover, err
}

// The size of a figure in inches, so that its text is legible on a narrow screen.
const pageFigure, pageFigureHeight = 3.7, 3.3

// coverage is the figure of the regions, in a band of excesses about the diagonal.
func (r *Report) coverage(b figure.Band) (*figure.Figure, error) {
	lo, hi := make([]float64, len(b.X)), make([]float64, len(b.X))
	for k, x := range b.X {
		lo[k], hi[k] = x+b.Lo[k], x+b.Hi[k]
	}
	band := figure.Band{Name: b.Name, X: append([]float64{0}, b.X...), Lo: append([]float64{0}, lo...), Hi: append([]float64{0}, hi...)}
	var series []figure.Series
	for _, g := range r.Regions {
		x, y := g.Excess(g.Draws)
		s := figure.Series{Name: g.Name, X: []float64{0}, Y: []float64{0}}
		for k := range x {
			s.X, s.Y = append(s.X, x[k]), append(s.Y, x[k]+y[k])
		}
		series = append(series, s)
	}
	return figure.Banded(figure.Axes{X: "probability of the region", Y: "share that holds the truth", Width: pageFigure, Height: pageFigureHeight}, band, false, series...)
}
