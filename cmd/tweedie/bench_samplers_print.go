package main

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/internal/bench/accuracy"
)

// row prints a row of a Markdown table.
func (a *app) row(cells ...string) {
	for _, c := range cells {
		fmt.Fprintf(a.stdout, "| %s ", c)
	}
	fmt.Fprintln(a.stdout, "|")
}

// heading prints a title and the head of a Markdown table.
func (a *app) heading(title string, cells ...string) {
	fmt.Fprintf(a.stdout, "\n%s\n\n", title)
	a.row(cells...)
	a.row(slices.Repeat([]string{"---"}, len(cells))...)
}

// budgets are the heads of a table of samplers by numbers of evaluations.
func budgets(nfe []int) []string {
	head := []string{"sampler"}
	for _, n := range nfe {
		head = append(head, fmt.Sprint(n))
	}
	return head
}

func (a *app) printAccuracy(title string, rows []accuracy.Curve) {
	a.heading(title, budgets(rows[0].NFE)...)
	for _, r := range rows {
		cells := []string{r.Sampler}
		for _, e := range r.Error {
			if e < 0 {
				cells = append(cells, "–")
				continue
			}
			cells = append(cells, fmt.Sprintf("%.1e", e))
		}
		a.row(cells...)
	}
}

func (a *app) printTolerances(rows []accuracy.Tolerance) {
	a.heading("Adaptive samplers on the mixture: root mean square error of the end of a path", "sampler", "tolerance", "error", "evaluations")
	for _, t := range rows {
		a.row(t.Sampler, fmt.Sprintf("%.0e", t.Tolerance), fmt.Sprintf("%.1e", t.Error), fmt.Sprintf("%.0f", t.NFE))
	}
}

func (a *app) printCosts(rows []accuracy.Cost) {
	a.heading("Cost of a step: 10,000 rows of 2 columns, hidden 128, 5 layers, one worker", "sampler", "ms per step", "ms outside the network", "share")
	for _, c := range rows {
		a.row(c.Sampler, fmt.Sprintf("%.2f", c.Step), fmt.Sprintf("%.2f", c.Outside), fmt.Sprintf("%.1f %%", 100*c.Share))
	}
}

func (a *app) printModels(m *accuracy.Models, o *benchSamplersFlags) {
	a.heading(fmt.Sprintf("%s: %d models of each kind, %d steps; distance by dpmpp2m at 64 evaluations (two sets of exact draws have %.4f)",
		m.Law, o.seeds, o.steps, m.Floor), "model", "distance", "NLL less entropy, nats")
	for _, q := range m.Quality {
		a.row(q.What, fmt.Sprintf("%.4f ± %.4f", q.Distance, q.DistanceSE), fmt.Sprintf("%.4f ± %.4f", q.Gap, q.GapSE))
	}
}

func (a *app) printOnModels(schedule string, rows []accuracy.Quality) {
	a.heading(fmt.Sprintf("checkerboard, %s: distance by sampler at equal evaluations, and in brackets its excess over the first's at the same seeds", schedule), budgets(accuracy.Budgets())...)
	for of := range slices.Chunk(rows, len(accuracy.Budgets())) {
		cells := []string{strings.TrimPrefix(of[0].What, schedule+", ")}
		for _, q := range of {
			cells = append(cells, fmt.Sprintf("%.4f ± %.4f (%+.4f ± %.4f)", q.Distance, q.DistanceSE, q.Excess, q.ExcessSE))
		}
		a.row(cells...)
	}
}

func (a *app) printEncodings(rows []accuracy.Encoding) {
	a.heading(fmt.Sprintf("checkerboard: latents of %d rows, against those of hidden 64, 4 layers, seed 100", accuracy.EncodedRows), "model", "correlation of z₁", "of z₂", "rms difference")
	for _, e := range rows {
		a.row(e.Model, fmt.Sprintf("%.5f", e.Correlation[0]), fmt.Sprintf("%.5f", e.Correlation[1]), fmt.Sprintf("%.4f", e.RMS))
	}
}
