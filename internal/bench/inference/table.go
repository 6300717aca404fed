package inference

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// Summary is a case at a budget, over its seeds and observations.
type Summary struct {
	Case         Case
	Simulations  int
	Seeds        int
	Median, Mean float64
	Training     float64 // seconds, the mean over seeds
	Drawing      float64 // seconds for the rows of an observation, the mean
}

// Summarize puts the seeds of a case and budget together, in the order of the cells.
func Summarize(cells []*Cell) ([]Summary, error) {
	var list []Summary
	var values [][]float64
	for _, r := range cells {
		c, err := ParseCase(r.Case)
		if err != nil {
			return nil, err
		}
		k := slices.IndexFunc(list, func(s Summary) bool { return s.Case == c && s.Simulations == r.Simulations })
		if k < 0 {
			k = len(list)
			list, values = append(list, Summary{Case: c, Simulations: r.Simulations}), append(values, nil)
		}
		s := &list[k]
		s.Seeds++
		s.Training += (r.Training - s.Training) / float64(s.Seeds)
		s.Drawing += (r.Drawing - s.Drawing) / float64(s.Seeds)
		values[k] = append(values[k], r.C2ST...)
	}
	for k := range list {
		slices.Sort(values[k])
		list[k].Mean = stat.Mean(values[k], nil)
		list[k].Median = median(values[k])
	}
	return list, nil
}

// median is that of sorted values.
func median(v []float64) float64 {
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// WriteMarkdown writes the summaries beside published values, and every cell below.
func WriteMarkdown(w io.Writer, cells []*Cell) error {
	list, err := Summarize(cells)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("| task | simulations | seeds | median | mean | NPE | SNPE | diffusion, simulations without end | training, s | drawing, s |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range list {
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %.3f |", label(s.Case), s.Simulations, s.Seeds, bold(s), s.Mean)
		if npe, snpe, ceiling, ok := publishedFor(s.Case.Task, s.Simulations); ok {
			fmt.Fprintf(&b, " %.3f | %.3f | %.3f |", npe, snpe, ceiling)
		} else {
			b.WriteString(" | | |")
		}
		fmt.Fprintf(&b, " %.0f | %.1f |\n", s.Training, s.Drawing)
	}
	b.WriteString("\nEvery observation:\n\n| task | simulations | seed | C2ST | held-out log q(z given x), nats |\n|---|---|---|---|---|\n")
	for _, r := range cells {
		c, err := ParseCase(r.Case)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s |\n", label(c), r.Simulations, r.Seed, listed(r.C2ST), score(r.LogScore))
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func label(c Case) string {
	if c.Points == 0 {
		return c.Task
	}
	return fmt.Sprintf("%s, exchangeable %d×%d", c.Task, c.Points, c.Width)
}

// bold marks a median that is at or below both published ones.
func bold(s Summary) string {
	npe, snpe, _, ok := publishedFor(s.Case.Task, s.Simulations)
	if ok && s.Median <= min(npe, snpe) {
		return fmt.Sprintf("**%.3f**", s.Median)
	}
	return fmt.Sprintf("%.3f", s.Median)
}

func listed(v []float64) string {
	parts := make([]string, len(v))
	for i, x := range v {
		parts[i] = fmt.Sprintf("%.3f", x)
	}
	return strings.Join(parts, ", ")
}

func score(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%.3f", *v)
}
