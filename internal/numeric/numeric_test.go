package numeric

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestLogSumExpAndSoftmax(t *testing.T) {
	inf := math.Inf(-1)
	for _, c := range []struct {
		l, p []float64
		want float64
	}{
		{[]float64{0, 0}, []float64{0.5, 0.5}, math.Ln2},
		{[]float64{1000, 1000}, []float64{0.5, 0.5}, 1000 + math.Ln2},
		{[]float64{math.Log(1), math.Log(3)}, []float64{0.25, 0.75}, math.Log(4)},
		{[]float64{inf, 7}, []float64{0, 1}, 7},
		{[]float64{inf, inf}, []float64{inf, inf}, inf},
		{nil, nil, inf},
	} {
		if got := LogSumExp(c.l); got != c.want && !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("LogSumExp(%v) = %v, want %v", c.l, got, c.want)
		}
		p := append([]float64(nil), c.l...)
		if got := Softmax(p); got != LogSumExp(c.l) {
			t.Errorf("Softmax(%v) returns %v, LogSumExp %v", c.l, got, LogSumExp(c.l))
		}
		for k := range p {
			if p[k] != c.p[k] && !(math.Abs(p[k]-c.p[k]) < 1e-12) {
				t.Errorf("Softmax(%v) = %v, want %v", c.l, p, c.p)
			}
		}
	}
}

// The order of a sum is part of the promise.
func TestDotAddsInOrder(t *testing.T) {
	a := []float64{1e16, 1, -1e16, 1, 1}
	one := []float64{1, 1, 1, 1, 1}
	if got := Dot(a, one); got != 2 {
		t.Errorf("Dot = %v, want 2: (1e16+1)-1e16 is 0 in this order", got)
	}
	y := []float64{1, 2}
	if Axpy(y, 2, []float64{3, 4}); y[0] != 7 || y[1] != 10 {
		t.Errorf("Axpy gives %v", y)
	}
}

func TestNonFinite(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x := mat.NewDense(3, 2, nil)
		if NonFinite(x) != -1 {
			t.Error("zeros are not finite")
		}
		x.Set(1, 1, v)
		if got := NonFinite(x); got != 1 {
			t.Errorf("first row with %v is %d, want 1", v, got)
		}
	}
}

func TestMeanSE(t *testing.T) {
	if mean, se := MeanSE([]float64{1, 3, 8}); mean != 4 || math.Abs(se-math.Sqrt(26)/3) > 1e-12 {
		t.Errorf("mean %g, standard error %g", mean, se)
	}
}
