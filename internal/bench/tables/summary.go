package tables

import "tweedie/datasets/evaluate"

// Summary are the means over the seeds of one table.
type Summary struct {
	Set     string
	Rows    int
	Seconds float64   // of training
	Values  []float64 // of Columns
}

// Columns are the headings of the values of a summary.
func Columns() []string {
	var heads []string
	for _, c := range columns {
		heads = append(heads, c.head)
	}
	return heads
}

// Summarize averages runs over their seeds. The runs of a table follow each other.
func Summarize(runs []Run) []Summary {
	var out []Summary
	for i := 0; i < len(runs); {
		k := i
		for k < len(runs) && runs[k].Set == runs[i].Set {
			k++
		}
		n := float64(k - i)
		s := Summary{Set: runs[i].Set, Rows: runs[i].Rows, Values: make([]float64, len(columns))}
		for _, r := range runs[i:k] {
			s.Seconds += r.Seconds / n
			for j, c := range columns {
				s.Values[j] += c.of(r.Report) / n
			}
		}
		out = append(out, s)
		i = k
	}
	return out
}

// columns are the numbers of a report that are shown, under their headings.
var columns = []struct {
	head string
	of   func(r *evaluate.Report) float64
}{
	{"shape", func(r *evaluate.Report) float64 { return float64(r.Synthetic.Shape) }},
	{"trends", func(r *evaluate.Report) float64 { return float64(r.Synthetic.Trend) }},
	{"strong", func(r *evaluate.Report) float64 { return float64(r.Synthetic.TrendStrong) }},
	{"detection", func(r *evaluate.Report) float64 { return float64(r.Synthetic.Detection) }},
	{"best floor", func(r *evaluate.Report) float64 {
		return max(float64(r.Floors.Independent.Detection), float64(r.Floors.Copula.Detection), float64(r.Floors.Mixture.Detection))
	}},
	{"real rows", func(r *evaluate.Report) float64 { return float64(r.Floors.Real.Detection) }},
	{"prediction", func(r *evaluate.Report) float64 { return utility(r.Synthetic.Utility) }},
	{"of real", func(r *evaluate.Report) float64 { return utility(r.Floors.Real.Utility) }},
	{"W1 train", func(r *evaluate.Report) float64 { return float64(r.Synthetic.WassersteinTrain.Distance) }},
	{"W1 test", func(r *evaluate.Report) float64 { return float64(r.Synthetic.WassersteinHoldout.Distance) }},
	{"of real", func(r *evaluate.Report) float64 { return float64(r.Floors.Real.WassersteinHoldout.Distance) }},
	{"coverage test", func(r *evaluate.Report) float64 { return float64(r.Synthetic.CoverageHoldout.Share) }},
	{"closer to train", func(r *evaluate.Report) float64 { return float64(r.Synthetic.Privacy.Closer) }},
	{"copies", func(r *evaluate.Report) float64 { return float64(r.Synthetic.Privacy.Copies) }},
}

// utility is macro F1 or R².
func utility(u evaluate.Utility) float64 {
	if u.Task == "number" {
		return float64(u.R2)
	}
	return float64(u.F1)
}
