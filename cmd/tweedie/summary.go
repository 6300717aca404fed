package main

import (
	"fmt"

	"tweedie/internal/suggest"
	"tweedie/train/tabular"
)

// summarize logs the mean of log densities, names the rows that have no finite one, and warns of
// rows that make the mean meaningless.
func (a *app) summarize(what string, m *tabular.Model, r *tabular.Densities) {
	a.notFinite(r)
	s := m.Summary(r)
	if s.Rows == 0 {
		return
	}
	a.log.Info(what, "rows", s.Rows, "mean", fmt.Sprintf("%.4f", s.Mean), "se", fmt.Sprintf("%.4f", s.SE),
		"median", fmt.Sprintf("%.4f", s.Median), "unit", "nats")
	if s.Far > 0 {
		a.log.Warn("rows far from all that the model has learnt rule the mean: the median says more",
			"rows", s.Far, "lowest", fmt.Sprintf("%.4g", s.Lowest), "in-row", s.LowestRow+1)
	}
}

// Reasons that are logged, and rows that each of them names.
const (
	shownReasons = 8
	shownRows    = 8
)

// notFinite logs which rows have no finite log density, a line for each reason.
func (a *app) notFinite(r *tabular.Densities) {
	reasons := r.Reasons()
	for k, why := range reasons {
		if k == shownReasons {
			a.log.Warn("and other reasons", "reasons", len(reasons)-k)
			break
		}
		var rows []string
		for _, i := range why.Rows {
			rows = append(rows, fmt.Sprint(i+1))
		}
		a.log.Warn("rows without a finite log density, left out of the mean", "rows", len(rows), "of", len(r.LogProb), "in-rows", suggest.Join(rows, shownRows), "why", why.Reason)
	}
}
