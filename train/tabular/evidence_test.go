package tabular

import (
	"math"
	"testing"
)

func TestLogMean(t *testing.T) {
	inf := math.Inf(-1)
	if m, se := logMean([]float64{-1000 + math.Log(1), -1000 + math.Log(3)}); math.Abs(*m-(-1000+math.Log(2))) > 1e-12 || math.Abs(*se-0.5) > 1e-12 {
		t.Errorf("mean %v ± %v", *m, *se)
	}
	if m, _ := logMean([]float64{inf, 0}); math.Abs(*m+math.Ln2) > 1e-12 {
		t.Errorf("with a group that collapsed: %v", *m)
	}
	if m, se := logMean([]float64{inf, inf}); m != nil || se != nil {
		t.Error("all collapsed, and there is an evidence")
	}
	if _, se := logMean([]float64{1}); se != nil {
		t.Error("one group has a standard error")
	}
}
