package main

import (
	"fmt"
	"math"
	"slices"

	"tweedie/internal/bench"
	"tweedie/internal/suggest"
	"tweedie/train/tabular"
)

// summarize logs the mean of log densities of d columns, of those rows that have a finite
// one, names the others, and warns of rows that make the mean meaningless.
func (a *app) summarize(what string, r *tabular.Densities, d int) {
	a.notFinite(r)
	lp := slices.DeleteFunc(slices.Clone(r.LogProb), func(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) })
	if len(lp) == 0 {
		return
	}
	mean, se := bench.MeanSE(lp)
	sorted := slices.Sorted(slices.Values(lp))
	median := sorted[len(sorted)/2]
	a.log.Info(what, "rows", len(lp), "mean", fmt.Sprintf("%.4f", mean), "se", fmt.Sprintf("%.4f", se),
		"median", fmt.Sprintf("%.4f", median), "unit", "nats")
	if far, _ := slices.BinarySearch(sorted, median-tooFar*float64(d)); far > 0 {
		a.log.Warn("rows far from all that the model has learnt rule the mean: the median says more",
			"rows", far, "lowest", fmt.Sprintf("%.4g", sorted[0]), "in-row", slices.Index(r.LogProb, sorted[0])+1)
	}
}

// tooFar is the distance below the median, in nats per column, from which a row is
// reported: a normal law is that low 14 standard deviations away from its mean.
const tooFar = 100

// Reasons that are logged, and rows that each of them names.
const (
	shownReasons = 8
	shownRows    = 8
)

// notFinite logs which rows have no finite log density, a line for each reason.
func (a *app) notFinite(r *tabular.Densities) {
	var reasons []string
	rows := map[string][]string{}
	for _, n := range r.NotFinite {
		if rows[n.Reason] == nil {
			reasons = append(reasons, n.Reason)
		}
		rows[n.Reason] = append(rows[n.Reason], fmt.Sprint(n.Row+1))
	}
	for k, why := range reasons {
		if k == shownReasons {
			a.log.Warn("and other reasons", "reasons", len(reasons)-k)
			break
		}
		a.log.Warn("rows without a finite log density, left out of the mean", "rows", len(rows[why]), "of", len(r.LogProb), "in-rows", suggest.Join(rows[why], shownRows), "why", why)
	}
}
