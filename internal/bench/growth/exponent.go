package growth

import (
	"fmt"
	"io"
	"math"

	"tweedie/internal/figure"
)

// Exponent is the slope of ln cost over ln size by least squares, over the largest three sizes:
// what a cost that does not grow hides at small ones is left out. NaN for fewer than two
// sizes, or a cost that is not positive.
func Exponent(size, cost []float64) float64 {
	if n := len(size); n > 3 {
		size, cost = size[n-3:], cost[n-3:]
	}
	var mx, my, xx, xy float64
	n := float64(len(size))
	for i := range size {
		mx += math.Log(size[i]) / n
		my += math.Log(cost[i]) / n
	}
	for i := range size {
		dx := math.Log(size[i]) - mx
		xx += float64(dx * dx)
		xy += float64(dx * (math.Log(cost[i]) - my))
	}
	return xy / xx
}

// measures are the costs of a cell, by name.
var measures = []struct {
	name string
	of   func(Cost) float64
}{
	{"training, s", func(c Cost) float64 { return c.TrainSeconds }},
	{"training, MB", func(c Cost) float64 { return c.TrainMB }},
	{"drawing, s", func(c Cost) float64 { return c.DrawSeconds }},
	{"drawing, MB", func(c Cost) float64 { return c.DrawMB }},
}

// columns are the sizes of an axis and the costs of each measure.
func columns(costs []Cost, axis string) (size []float64, of [][]float64) {
	of = make([][]float64, len(measures))
	for _, c := range costs {
		if c.Axis != axis {
			continue
		}
		size = append(size, float64(c.Size()))
		for k, m := range measures {
			of[k] = append(of[k], m.of(c))
		}
	}
	return size, of
}

// WriteMarkdown writes a table for each axis, its exponents in the last line.
func WriteMarkdown(w io.Writer, costs []Cost) error {
	for _, axis := range Axes() {
		size, of := columns(costs, axis)
		if len(size) == 0 {
			continue
		}
		fmt.Fprintf(w, "| %s |", axis)
		for _, m := range measures {
			fmt.Fprintf(w, " %s |", m.name)
		}
		fmt.Fprint(w, "\n|---|---|---|---|---|\n")
		for i, n := range size {
			fmt.Fprintf(w, "| %.0f |", n)
			for k := range measures {
				fmt.Fprintf(w, " %.3g |", of[k][i])
			}
			fmt.Fprintln(w)
		}
		fmt.Fprint(w, "| exponent |")
		for k := range measures {
			fmt.Fprintf(w, " %.2f |", Exponent(size, of[k]))
		}
		if _, err := fmt.Fprint(w, "\n\n"); err != nil {
			return err
		}
	}
	return nil
}

// Figure draws the costs of an axis, or errs when it has none.
func Figure(costs []Cost, axis string) (*figure.Figure, error) {
	size, of := columns(costs, axis)
	var s []figure.Series
	for k, m := range measures {
		s = append(s, figure.Series{Name: fmt.Sprintf("%s: exponent %.2f", m.name, Exponent(size, of[k])), X: size, Y: of[k]})
	}
	return figure.Lines(figure.Axes{Title: "Cost against " + axis, X: axis, Y: "seconds, MB", LogX: true, LogY: true}, s...)
}
