package imputation

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// By hand: of levels with as many neighbors, that of the nearest is taken, and rows as
// near as each other count from the top of the table.
func TestKNNTies(t *testing.T) {
	c := table(t, "a,b\n1.0,x\n2.0,y\n3.0,x\n4.0,y\n4.9,\n", nil)
	if k := impute(t, KNN{K: 4}, c, 1)[0].Level(4, 1); k != 1 {
		t.Errorf("two votes each: level %d, not that of the nearest", k)
	}
	c = table(t, "a,b\n1.0,x\n3.0,y\n2.0,\n", nil)
	if k := impute(t, KNN{}, c, 1)[0].Level(2, 1); k != 0 {
		t.Errorf("as near as each other: level %d, not that of the first row", k)
	}
}

// A difference of levels weighs 2/(1 - Σ p²), as two rows drawn at random differ in a
// number of variance 1 by 2 on average.
func TestLevelWeight(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{{[]float64{0, 1}, 4}, {[]float64{0, 0, 0, 1}, 2 / (1 - 10./16)}, {[]float64{0, 0}, 1}} {
		if w := levelWeight(c.x, 2); w != c.want {
			t.Errorf("%v: weight %g, want %g", c.x, w, c.want)
		}
	}
}

// Iterative goes through all columns up to ten times, and not once.
func TestIterativeRounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("a,b,c\n")
	for i := range 60 {
		cells := make([]string, 3)
		for k := range cells {
			if (i+2*k)%7 > 1 { // the others are missing
				cells[k] = fmt.Sprintf("%.3f", math.Sin(float64(i))+math.Cos(float64(i*(k+1)))/3)
			}
		}
		fmt.Fprintln(&b, strings.Join(cells, ","))
	}
	c := table(t, b.String(), nil)
	ten, once, unset := impute(t, Iterative{Trees: 3, Rounds: 10}, c, 1)[0], impute(t, Iterative{Trees: 3, Rounds: 1}, c, 1)[0], impute(t, Iterative{Trees: 3}, c, 1)[0]
	if !equal(ten, unset) || equal(ten, once) {
		t.Error("the default is not ten rounds")
	}
}
