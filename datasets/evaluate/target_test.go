package evaluate

import (
	"math"
	"testing"
)

// A number that does not vary, or has no value, cannot be predicted.
func TestUnpredictableNumbers(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		num  []float64
		want bool
	}{{[]float64{1, 1, 1}, false}, {[]float64{nan, nan}, false}, {[]float64{2, nan, 2}, false}, {[]float64{1, nan, 2}, true}} {
		col := column{num: c.num}
		if got := col.unpredictable() == ""; got != c.want {
			t.Errorf("%v: predictable %v", c.num, got)
		}
	}
}
