package growth

import (
	"fmt"
	"io"
	"path/filepath"

	"tweedie/internal/atomicfile"
	"tweedie/internal/figure"
)

// WriteMarkdown writes a table of each sweep, costs of all rows and per row, with the
// exponents in the last line.
func (r *Report) WriteMarkdown(w io.Writer) error {
	text := ""
	for i, sweep := range Sweeps() {
		cells, _, _ := of(r.Cells, sweep, costs[0].of)
		if len(cells) == 0 {
			continue
		}
		c := cells[0]
		text += fmt.Sprintf("\n## By %s\n\n%s; %d evaluations of a row drawn.\n\n", sweep, others(c.Size), c.NFE)
		text += "| " + sweep + " | file, MB | training, s | core seconds | peak, MB | peak, bytes a row | drawing, s | core seconds | core µs a row | peak, MB |\n|" + dashes(10) + "\n"
		for _, c := range cells {
			text += line(c)
		}
		if i < len(r.Exponents) {
			e := r.Exponents[i]
			text += fmt.Sprintf("| exponent | | %s | %s | %s | | %s | %s | | %s |\n",
				short(e.TrainSeconds), short(e.TrainCPU), short(e.TrainPeak), short(e.DrawSeconds), short(e.DrawCPU), short(e.DrawPeak))
		}
	}
	_, err := io.WriteString(w, text)
	return err
}

func line(c *Cell) string {
	n := float64(c.Rows)
	return fmt.Sprintf("| %d | %.3g | %.3g | %.3g | %.0f | %.0f | %.3g | %.3g | %.3g | %.0f |\n", c.at(), float64(c.FileBytes)/1e6,
		c.Train.Seconds, c.Train.CPU, float64(c.Train.Peak)/1e6, float64(c.Train.Peak)/n, c.Draw.Seconds, c.Draw.CPU, c.Draw.CPU/n*1e6, float64(c.Draw.Peak)/1e6)
}

// others says what is the same in all cells of a sweep.
func others(s Size) string {
	text := fmt.Sprintf("%d steps of training", s.Steps)
	for i, n := range []int{s.Rows, s.Columns, s.Levels} {
		if name := Sweeps()[i]; name != s.Sweep {
			text += fmt.Sprintf(", %d %s", n, name)
		}
	}
	return text
}

func dashes(n int) (s string) {
	for range n {
		s += "---|"
	}
	return s
}

func short(e *float64) string {
	if e == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *e)
}

// WriteFigures writes growth-SWEEP.svg and .png of each sweep that has cells.
func (r *Report) WriteFigures(folder string) error {
	for _, sweep := range Sweeps() {
		var lines []figure.Series
		for _, c := range costs[:4] {
			_, x, y := of(r.Cells, sweep, c.of)
			if len(x) > 0 && y[0] > 0 {
				lines = append(lines, figure.Series{Name: c.name, X: x, Y: y})
			}
		}
		if len(lines) == 0 {
			continue
		}
		f, err := figure.Lines(figure.Axes{X: sweep, Y: "seconds, or MB", LogX: true, LogY: true}, lines...)
		if err != nil {
			return err
		}
		path := filepath.Join(folder, "growth-"+sweep)
		if err := atomicfile.Write(path+".svg", f.WriteSVG); err != nil {
			return err
		}
		if err := atomicfile.Write(path+".png", f.WritePNG); err != nil {
			return err
		}
	}
	return nil
}
