package tabular

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/datasets/where"
	"tweedie/sample"
)

type biased struct{ sample.Method }

func (biased) Caveats() []string { return []string{"biased"} }

// What groups showed is summed up: means over those that are alive, and what is worth
// a caveat or a warning.
func TestSummarize(t *testing.T) {
	inf := math.Inf(-1)
	s := particles{query: &query{rows: 10, where: &where.Conditions{}}, method: biased{}, groups: 3}
	s.Conditioning.Particles = 40
	s.chunks = []chunk{
		{weight: []float64{0.5, 0, 0.25, 0.25, 0, 0, 0, 0}, log: []float64{-1, inf}, variance: []float64{0.5, 0}, cloud: &sample.Particles{
			Times: []float64{1, 0.5, 0}, ESS: [][]float64{{4, 1, 3, 3}, {9, 9, 9, 9}}, Collapsed: []int{-1, 1}, Resampled: []int{2, 0}, NFE: 7, Done: 2}},
		{first: 2, weight: []float64{1, 0, 0, 0}, log: []float64{-1}, variance: []float64{0.1}, cloud: &sample.Particles{
			Times: []float64{1, 0.5, 0}, ESS: [][]float64{{4, 1.5, 2, 1}}, Collapsed: []int{-1}, Resampled: []int{4}, Done: 1}},
	}
	s.summarize(4, nil)
	r := &s.report
	e := r.Evidence
	if e.Particles != 40 || e.Groups != 3 || e.Collapsed != 1 || e.Distinct != 4 || e.Resampled != 2 || r.NFE != 7 || r.Tried != 120 || r.WhereBy != "particles" {
		t.Errorf("%+v, %+v", e, r)
	}
	if !slices.Equal(e.ESS, []float64{4, 1.25, 2.5, 2}) || *e.Satisfied != 4./120 || math.Abs(*e.LogEvidence-(-1+math.Log(2./3))) > 1e-12 || math.Abs(*e.SE-math.Sqrt(1.95)/3) > 1e-12 {
		t.Errorf("ESS %v, %g satisfied, log evidence %g ± %g", e.ESS, *e.Satisfied, *e.LogEvidence, *e.SE)
	}
	if len(r.Caveats) != 3 || r.Caveats[0] != "biased" || !strings.Contains(r.Caveats[1], "at t = 0.5 only 1.2 of 40") || !strings.Contains(r.Caveats[2], "at the end only 2.0 of 40") {
		t.Errorf("caveats %q", r.Caveats)
	}
	if len(r.Warnings) != 2 || !strings.Contains(r.Warnings[0], "1 of 3 groups collapsed") || !strings.Contains(r.Warnings[1], "10 rows are but 4") {
		t.Errorf("warnings %q", r.Warnings)
	}
	// An evidence that is uncertain is worth one, as in package sample.
	for variance, caveats := range map[float64]int{0.2: 0, 0.3: 1} {
		s := particles{query: &query{rows: 2}, groups: 1, chunks: []chunk{{log: []float64{-3}, variance: []float64{variance}, cloud: &sample.Particles{ESS: [][]float64{{4, 4}}, Times: []float64{1, 0}, Collapsed: []int{-1}, Resampled: []int{0}, Done: 1}}}}
		s.Conditioning.Particles = 4
		if e, c := s.evidence(1); len(c) != caveats || e.Satisfied != nil || *e.SE != math.Sqrt(variance) {
			t.Errorf("variance %g: %q, error %g", variance, c, *e.SE)
		}
		if s.summarize(1, nil); len(s.report.Warnings) != 0 {
			t.Errorf("warnings %q", s.report.Warnings)
		}
	}
}
