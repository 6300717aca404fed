package evaluate

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
)

// Bars that a page shows.
const (
	shownColumns = 40
	shownPairs   = 20
)

//go:embed page.html.tmpl
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// view is what the page shows.
type view struct {
	*Report
	Heads         []string
	Lines         []viewLine
	Columns       []bar
	Pairs         []bar
	LeftOut       int // columns that are not shown
	ColumnsHeight int
	PairsHeight   int
}

type viewLine struct {
	Name, Good, Means string
	Cells             []string
}

// bar is one horizontal bar of a figure, in its pixels.
type bar struct {
	Label, Value string
	Y, Text      int
	Width        float64
	Strong       bool
}

const (
	barPitch = 22
	barWidth = 300
)

// WriteHTML writes the report as one HTML page that needs nothing else: no
// script, no link, figures as inline SVG. All text is escaped.
func (r *Report) WriteHTML(w io.Writer) error {
	v := view{Report: r}
	for _, c := range r.candidates() {
		v.Heads = append(v.Heads, c.name)
	}
	for _, l := range lines(r) {
		row := viewLine{Name: l.name, Good: l.good, Means: l.means}
		for _, c := range r.candidates() {
			row.Cells = append(row.Cells, l.of(c.s))
		}
		v.Lines = append(v.Lines, row)
	}
	for _, c := range r.Columns[:min(shownColumns, len(r.Columns))] {
		v.Columns = append(v.Columns, newBar(len(v.Columns), c.Name, c.Score, false))
	}
	for _, p := range r.Pairs[:min(shownPairs, len(r.Pairs))] {
		v.Pairs = append(v.Pairs, newBar(len(v.Pairs), p.A+" × "+p.B, p.Score, p.Strong))
	}
	v.LeftOut = len(r.Columns) - len(v.Columns)
	v.ColumnsHeight, v.PairsHeight = barPitch*len(v.Columns), barPitch*len(v.Pairs)
	var b bytes.Buffer
	if err := page.Execute(&b, &v); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

func newBar(k int, label string, score Number, strong bool) bar {
	if text := []rune(label); len(text) > 44 {
		label = string(text[:43]) + "…"
	}
	return bar{label, score.String(), barPitch*k + 4, barPitch*k + 15, barWidth * max(0, min(1, float64(score))), strong}
}
