package tabular

import (
	"math"
	"slices"

	"tweedie/internal/numeric"
)

// DensitySummary sums up the log densities of rows, in nats: of those that are finite.
type DensitySummary struct {
	Rows      int     // that have a finite one
	Mean, SE  float64 // and the standard error of the mean
	Median    float64
	Far       int // rows so far from all that the model has learned that they rule the mean
	Lowest    float64
	LowestRow int // from 0
}

// farDensity is the distance below the median, in nats per column, from which a row is Far: a
// normal law is that low 14 standard deviations away from its mean.
const farDensity = 100

// Summary sums up the densities. Rows are Far by the number of columns of the codec. Without a
// finite density all is 0.
func (m *Model) Summary(d *Densities) (s DensitySummary) {
	finite := slices.DeleteFunc(slices.Clone(d.LogProb), func(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) })
	if s.Rows = len(finite); s.Rows == 0 {
		return s
	}
	s.Mean, s.SE = numeric.MeanSE(finite)
	slices.Sort(finite)
	s.Median, s.Lowest = finite[s.Rows/2], finite[0]
	s.Far, _ = slices.BinarySearch(finite, s.Median-farDensity*float64(m.codec.Dim()))
	s.LowestRow = slices.Index(d.LogProb, s.Lowest)
	return s
}

// WithoutDensity are rows that have no finite log density, for one reason.
type WithoutDensity struct {
	Reason string
	Rows   []int // from 0, in order
}

// Reasons are those of NotFinite, each with all its rows, by their first rows.
func (d *Densities) Reasons() (list []WithoutDensity) {
	at := map[string]int{}
	for _, n := range d.NotFinite {
		k, known := at[n.Reason]
		if !known {
			k, at[n.Reason] = len(list), len(list)
			list = append(list, WithoutDensity{Reason: n.Reason})
		}
		list[k].Rows = append(list[k].Rows, n.Row)
	}
	return list
}
