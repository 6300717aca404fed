package sbi

import (
	"testing"

	"gonum.org/v1/gonum/mat"
)

// An observation that is out of the ranges of the simulations has the first such number in
// words, and the others counted; 2 % of a range beyond it are within.
func TestWhatIsFar(t *testing.T) {
	x := mat.NewDense(5, 3, []float64{0, 0, 0, 1, 10, 100, 0.5, 3, 20, 0.2, 7, 60, 0.9, 1, 80})
	s := newSeen(x, x)
	names := []string{"a", "b", "c"}
	for want, row := range map[string][]float64{
		"": {-0.01, 1, 15},
		`"b" is 12, and lies from 0 to 10 in the simulations`:                                                {0.5, 12, 50},
		`"a" is -1, and lies from 0 to 1 in the simulations, and another number is out of its range too`:     {-1, 5, 103},
		`"a" is 5, and lies from 0 to 1 in the simulations, and 2 other numbers are out of their ranges too`: {5, 50, -500},
	} {
		if got := s.far(row, row, names); got != want {
			t.Errorf("%v: %q, want %q", row, got, want)
		}
	}
}
