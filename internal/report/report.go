// Package report writes a page of results as one HTML file that needs nothing
// else: figures are embedded, there is no script and no link to elsewhere, so
// that it can be mailed, archived and opened offline. All text is escaped.
package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"strconv"
	"strings"
)

// Page is a report: a title, introductory paragraphs, sections.
type Page struct {
	Title    string
	Intro    []string // paragraphs of plain text
	Sections []Section
	Command  string // to repeat it; optional
	Footer   string // how it was made, in one line; optional
}

// Section has a heading, then what is set of the other fields, in their order.
type Section struct {
	Heading string
	Text    []string // paragraphs of plain text
	List    []string // items of plain text
	Code    string   // commands or output, shown as they are
	Table   *Table
	Bars    []Bar
	Keys    *Key // of the panels
	Panels  []Panel
	Wide    bool // panels are twice as wide
	Figures []Figure
	After   []string // paragraphs below all that
}

// Bar is a horizontal bar, Share of the full width long, from 0 to 1; NaN is 0.
type Bar struct {
	Label, Value string
	Share        float64
	Light        bool // in a lighter color
}

// Table has a header and rows of the same length. Columns whose cells all look
// like numbers are aligned to the right.
type Table struct {
	Caption string
	Header  []string
	Rows    [][]string
}

// Figure is a PNG image of 200 pixels to the inch with a caption, which is also its text
// alternative. Its text of 9 points is shown as high as that of the page, and scrolls where
// this would make it less than 12 pixels high.
type Figure struct {
	PNG     []byte
	Caption string
}

//go:embed page.html.tmpl
var source string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"embed":   embed,
	"size":    size,
	"words":   func(s string) []string { return strings.Split(s, " ") },
	"draw":    draw,
	"clamp":   func(v float64) float64 { return max(0, min(1, v)) },
	"numeric": numeric,
	"long":    func(cell string) bool { return len(cell) > 40 },
}).Parse(source))

// Write writes p as HTML. The same Page gives the same bytes. It panics when a
// table's row does not fit its header, and errs when a figure is not a PNG or
// w fails; nothing is written unless the whole page can be made.
func Write(w io.Writer, p *Page) error {
	for _, s := range p.Sections {
		if s.Table == nil {
			continue
		}
		for _, row := range s.Table.Rows {
			if len(row) != len(s.Table.Header) {
				panic("report: row and header differ in length")
			}
		}
	}
	var b bytes.Buffer
	if err := page.Execute(&b, p); err != nil {
		return fmt.Errorf("report %q: %w", p.Title, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// embed returns a data URL, which is not escaped: base64 cannot break out of an attribute.
func embed(image []byte) template.URL {
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(image))
}

// dots is how many pixels of a PNG are an inch, and shown and least the pixels of a page that
// an inch of a figure takes up: a point has 1/72 of that.
const dots, shown, least = 200, 1.6 * 72, 1.34 * 72

// size is the width of a figure on a page, and the least one, in pixels.
func size(image []byte) ([2]int, error) {
	c, err := png.DecodeConfig(bytes.NewReader(image))
	if err != nil {
		return [2]int{}, errors.New("figure is not a PNG image")
	}
	return [2]int{int(float64(c.Width) * shown / dots), int(float64(c.Width) * least / dots)}, nil
}

// numeric says which columns of t hold numbers alone: with ±, a percent sign, or a dash too.
func numeric(t *Table) []bool {
	is := make([]bool, len(t.Header))
	for j := range is {
		seen := false
		for _, row := range t.Rows {
			cell := strings.TrimSpace(row[j])
			if cell == "" || cell == "-" || cell == "–" {
				continue
			}
			if is[j] = isNumber(cell); !is[j] {
				seen = false
				break
			}
			seen = true
		}
		is[j] = seen
	}
	return is
}

func isNumber(cell string) bool {
	for part := range strings.SplitSeq(cell, "±") {
		part = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(part), "%"))
		if _, err := strconv.ParseFloat(strings.Replace(part, "−", "-", 1), 64); err != nil {
			return false
		}
	}
	return true
}
