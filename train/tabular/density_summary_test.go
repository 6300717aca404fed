package tabular

import (
	"math"
	"reflect"
	"testing"
)

// Rows without a finite density are no part of the summary, and one that is far below the others
// is told.
func TestDensitySummary(t *testing.T) {
	m := model(t)
	dim := float64(m.codec.Dim())
	d := &Densities{LogProb: []float64{-3, math.Inf(-1), -1, math.NaN(), -8, -1 - 100*dim}}
	s := m.Summary(d)
	mean := (-12 - 1 - 100*dim) / 4
	if s.Rows != 4 || math.Abs(s.Mean-mean) > 1e-9 || s.Median != -3 || s.Far != 0 || s.Lowest != -1-100*dim || s.LowestRow != 5 || !(s.SE > 0) {
		t.Errorf("%+v", s)
	}
	d.LogProb[5] -= 2.5
	if s = m.Summary(d); s.Far != 1 {
		t.Errorf("%+v", s)
	}
	if s = m.Summary(&Densities{LogProb: []float64{math.NaN()}}); s != (DensitySummary{}) {
		t.Errorf("%+v", s)
	}
}

func TestReasons(t *testing.T) {
	d := &Densities{NotFinite: []NotFinite{{1, "b"}, {3, "a"}, {4, "b"}}}
	if got, want := d.Reasons(), []WithoutDensity{{"b", []int{1, 4}}, {"a", []int{3}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
