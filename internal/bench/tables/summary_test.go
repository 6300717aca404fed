package tables

import (
	"slices"
	"testing"

	"tweedie/datasets/evaluate"
)

// numbered is a report with a number of its own for each column, plus by.
func numbered(by float64, task string) *evaluate.Report {
	n := func(v float64) evaluate.Number { return evaluate.Number(v + by) }
	var r evaluate.Report
	s, f := &r.Synthetic, &r.Floors
	s.Shape, s.Trend, s.TrendStrong, s.Detection = n(1), n(2), n(3), n(4)
	f.Independent.Detection, f.Copula.Detection, f.Mixture.Detection, f.Real.Detection = n(-1), n(5), n(4.5), n(6)
	s.Utility = evaluate.Utility{Task: task, F1: n(7), R2: n(70)}
	f.Real.Utility = evaluate.Utility{Task: task, F1: n(8), R2: n(80)}
	s.WassersteinTrain.Distance, s.WassersteinHoldout.Distance, f.Real.WassersteinHoldout.Distance = n(9), n(10), n(11)
	s.Privacy = new(evaluate.Privacy)
	s.CoverageHoldout.Share, s.Privacy.Closer, s.Privacy.Copies = n(12), n(13), 14+int(by)
	return &r
}

// Each heading stands over its own number. Means are taken over the seeds of a table
// and of no other.
func TestSummarize(t *testing.T) {
	rows := Summarize([]Run{
		{Set: "iris", Rows: 120, Seconds: 2, Report: numbered(0, "classes")},
		{Set: "iris", Rows: 120, Seconds: 5, Report: numbered(1, "classes")},
		{Set: "concrete", Rows: 800, Seconds: 7, Report: numbered(0, "number")},
	})
	if len(rows) != 2 || rows[0].Set != "iris" || rows[0].Rows != 120 || rows[0].Seconds != 3.5 || rows[1].Set != "concrete" || rows[1].Seconds != 7 {
		t.Fatalf("%+v", rows)
	}
	want := []float64{1, 2, 3, 4, 5, 6, 70, 80, 9, 10, 11, 12, 13, 14}
	if !slices.Equal(rows[1].Values, want) {
		t.Errorf("a table with a number to predict: %v, want %v", rows[1].Values, want)
	}
	want[6], want[7] = 7, 8
	for j := range want {
		want[j] += 0.5
	}
	if !slices.Equal(rows[0].Values, want) {
		t.Errorf("the mean of two seeds: %v, want %v", rows[0].Values, want)
	}
	heads := []string{"shape", "trends", "strong", "detection", "best floor", "real rows", "prediction", "of real",
		"W1 train", "W1 test", "of real", "coverage test", "closer to train", "copies"}
	if !slices.Equal(Columns(), heads) {
		t.Errorf("headings %q", Columns())
	}
	if Summarize(nil) != nil {
		t.Error("rows out of no runs")
	}
}
