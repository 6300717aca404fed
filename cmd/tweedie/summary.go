package main

import (
	"fmt"
	"slices"

	"tweedie/internal/bench"
)

// summarize logs the mean of log densities of d columns, and warns of rows
// that make it meaningless.
func (a *app) summarize(what string, lp []float64, d int) {
	mean, se := bench.MeanSE(lp)
	sorted := slices.Sorted(slices.Values(lp))
	median := sorted[len(sorted)/2]
	a.log.Info(what, "rows", len(lp), "mean", fmt.Sprintf("%.4f", mean), "se", fmt.Sprintf("%.4f", se),
		"median", fmt.Sprintf("%.4f", median), "unit", "nats")
	if far, _ := slices.BinarySearch(sorted, median-tooFar*float64(d)); far > 0 {
		a.log.Warn("rows far from all that the model has learnt rule the mean: the median says more",
			"rows", far, "lowest", fmt.Sprintf("%.4g", sorted[0]), "in-row", slices.Index(lp, sorted[0])+1)
	}
}

// tooFar is the distance below the median, in nats per column, from which a row is
// reported: a normal law is that low 14 standard deviations away from its mean.
const tooFar = 100
