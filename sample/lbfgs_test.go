package sample

import (
	"math"
	"testing"
)

// A step along which the gradient falls says nothing of a convex model: the memory is emptied.
func TestMemoryOfWrongCurvatureIsForgotten(t *testing.T) {
	o := newLBFGS(2)
	step := func(s, y []float64) {
		copy(o.next, s)
		clear(o.g)
		copy(o.gNext, y)
		o.remember([]float64{0, 0})
	}
	step([]float64{1, 0}, []float64{2, 0})
	if o.n != 1 || o.rho[0] != 0.5 {
		t.Fatalf("%d steps, 1/(s·y) = %g", o.n, o.rho[0])
	}
	step([]float64{0, 1}, []float64{0, -1})
	if o.n != 0 {
		t.Error("a step of negative curvature is remembered")
	}
	step([]float64{0, 1}, []float64{1, 1e-16})
	if o.n != 0 {
		t.Error("a step of no curvature is remembered")
	}
}

// hills is 1 - cos of each coordinate, twice as wide in the second: flat at its tops, and not
// convex between.
type hills struct{}

func (hills) value(u, g []float64) (float64, error) {
	g[0], g[1] = math.Sin(u[0]), math.Sin(u[1]/2)
	return 1 - math.Cos(u[0]) + 2*(1-math.Cos(u[1]/2)), nil
}

// From anywhere between the tops the minimum is a valley, found to the tolerance, and
// never higher than the start.
func TestDescentOnHills(t *testing.T) {
	for _, u := range [][]float64{{3, 0.1}, {-2.9, 6}, {0.01, -6.1}, {2, 2}, {3.14, 6.28}} {
		at, g := append([]float64(nil), u...), make([]float64, 2)
		before, _ := hills{}.value(u, g)
		if err := newLBFGS(2).minimize(at, 1e-8, hills{}); err != nil {
			t.Fatal(err)
		}
		after, _ := hills{}.value(at, g)
		if math.Hypot(g[0], g[1]) > 1e-8 || after > 1e-12 || after > before {
			t.Errorf("from %v to %v: value %g, gradient %v", u, at, after, g)
		}
	}
}
