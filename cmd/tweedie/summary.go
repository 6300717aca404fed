package main

import (
	"fmt"
	"math"
	"slices"
)

// summarise logs the mean of log densities of d columns, and warns of rows
// that make it meaningless.
func (a *app) summarise(what string, lp []float64, d int) {
	mean, se := meanSE(lp)
	sorted := slices.Sorted(slices.Values(lp))
	median := sorted[len(sorted)/2]
	a.log.Info(what, "rows", len(lp), "mean", fmt.Sprintf("%.4f", mean), "se", fmt.Sprintf("%.4f", se),
		"median", fmt.Sprintf("%.4f", median), "unit", "nats")
	if far, _ := slices.BinarySearch(sorted, median-tooFar*float64(d)); far > 0 {
		a.log.Warn("rows far from all that the model has learnt rule the mean: the median says more",
			"rows", far, "lowest", fmt.Sprintf("%.4g", sorted[0]), "in-row", slices.Index(lp, sorted[0])+1)
	}
}

// tooFar is how many nats per column below the median a row says nothing of
// the others: a normal law gives so little 14 standard deviations away.
const tooFar = 100

// meanSE is the mean and its standard error.
func meanSE(v []float64) (mean, se float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		se += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(se) / float64(len(v))
}
