package tabular

import (
	"math"
	"slices"
	"testing"
)

// Of independent rows the evaluations are a mean by rows; parts without rows say nothing. Batches
// that two parts have drawn count once.
func TestSummarizeParts(t *testing.T) {
	r, rows, err := SummarizeParts([]DrawnPart{
		{Method: "other", NFE: 900, Caveats: []string{"of no row"}},
		(&DrawnRows{Method: "guided", NFE: 10, Caveats: []string{"a", "b"}}).Part(30),
		(&DrawnRows{Method: "guided", NFE: 14, Caveats: []string{"b", "c"}, Warnings: []string{"w"}}).Part(10),
	})
	if err != nil || rows != 40 || math.Abs(r.NFE-11) > 1e-12 || r.Method != "guided" || !slices.Equal(r.Caveats, []string{"a", "b", "c"}) || !slices.Equal(r.Warnings, []string{"w"}) {
		t.Errorf("%+v of %d rows, %v", r, rows, err)
	}
	twice := Drawn{Batch: 1, Rows: 8, NFE: 20}
	r, rows, err = SummarizeParts([]DrawnPart{
		{Method: "guided", Rows: 10, NFE: 20, Batches: []Drawn{{Batch: 0, Rows: 4, NFE: 5}, twice}},
		{Method: "guided", Rows: 2, NFE: 20, Batches: []Drawn{twice}},
	})
	if err != nil || rows != 12 || len(r.Batches) != 2 || math.Abs(r.NFE-15) > 1e-12 {
		t.Errorf("%+v of %d rows, %v", r, rows, err)
	}
	if r, rows, err = SummarizeParts(nil); err != nil || rows != 0 || r.Method != "" {
		t.Errorf("%+v of %d rows, %v", r, rows, err)
	}
}
