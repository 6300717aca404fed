package tables

import (
	"slices"

	"tweedie/datasets/evaluate"
)

// Summary are the means over the seeds of one table.
type Summary struct {
	Set     string
	Rows    int
	Seconds float64   // of training
	Values  []float64 // of Columns
}

// Columns are the headings of the values of a summary.
func Columns() []string {
	return []string{"shape", "trends", "strong", "detection", "best floor", "real rows", "prediction", "of real",
		"W1 train", "W1 test", "of real", "coverage test", "closer to train", "copies"}
}

// values are the numbers of a report under the headings of Columns.
func values(r *evaluate.Report) []float64 {
	s, f := &r.Synthetic, &r.Floors
	best := max(f.Independent.Detection, f.Copula.Detection, f.Mixture.Detection)
	return []float64{
		float64(s.Shape), float64(s.Trend), float64(s.TrendStrong), float64(s.Detection), float64(best), float64(f.Real.Detection),
		utility(s.Utility), utility(f.Real.Utility),
		float64(s.WassersteinTrain.Distance), float64(s.WassersteinHoldout.Distance), float64(f.Real.WassersteinHoldout.Distance),
		float64(s.CoverageHoldout.Share), float64(s.Privacy.Closer), float64(s.Privacy.Copies),
	}
}

// utility is macro F1 of a category, R² of a number.
func utility(u evaluate.Utility) float64 {
	if u.Task == "number" {
		return float64(u.R2)
	}
	return float64(u.F1)
}

// Summarize averages runs over their seeds. The runs of a table follow each other.
func Summarize(runs []Run) []Summary {
	var out []Summary
	for len(runs) > 0 {
		k := slices.IndexFunc(runs, func(r Run) bool { return r.Set != runs[0].Set })
		if k < 0 {
			k = len(runs)
		}
		s := Summary{Set: runs[0].Set, Rows: runs[0].Rows, Values: make([]float64, len(Columns()))}
		for _, r := range runs[:k] {
			s.Seconds += r.Seconds / float64(k)
			for j, v := range values(r.Report) {
				s.Values[j] += v / float64(k)
			}
		}
		out, runs = append(out, s), runs[k:]
	}
	return out
}
