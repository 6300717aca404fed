package sample

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The ratio is that of the two normal densities at the draw.
func TestRatioOfKernels(t *testing.T) {
	const sd = 0.7
	mp, mq, z := []float64{0.2, -1}, []float64{0.9, 0.4}, []float64{0.3, -1.2}
	w := &particleGroup{logw: []float64{0.5}, mp: mat.NewDense(1, 2, mp), mq: mat.NewDense(1, 2, mq), z: mat.NewDense(1, 2, z)}
	w.ratio(sd)
	want := 0.5
	for j := range z {
		x := mq[j] + sd*z[j]
		want += ((x-mq[j])*(x-mq[j]) - (x-mp[j])*(x-mp[j])) / (2 * sd * sd)
	}
	if math.Abs(w.logw[0]-want) > 1e-12 {
		t.Errorf("%v, want log p - log q = %v", w.logw[0], want)
	}
}
