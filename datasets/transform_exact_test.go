package datasets

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats/scalar"
)

// closeTo reports whether two lists agree to 1e-9.
func closeTo(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return scalar.EqualWithinAbsOrRel(x, y, 1e-9, 1e-9) })
}

// quantiles returns the standard normal quantiles of probabilities.
func quantiles(u ...float64) []float64 {
	for i := range u {
		u[i] = math.Sqrt2 * math.Erfinv(2*u[i]-1)
	}
	return u
}

// Knots worked out by hand: z is the normal quantile of (values below + 1/2)/(n + 1).
func TestTransformKnots(t *testing.T) {
	tr := fitTransform([]float64{1, 2, 3, 4}, 1, 4)
	if !closeTo(tr.X, []float64{0.5, 1.5, 2.5, 3.5, 4.5}) || !closeTo(tr.Z, quantiles(.1, .3, .5, .7, .9)) {
		t.Errorf("whole numbers: knots %v, %v", tr.X, tr.Z)
	}
	if !closeTo([]float64{tr.Mean, tr.Std}, []float64{2.5, math.Sqrt(1.25 + 1./12)}) {
		t.Errorf("mean %g, deviation %g", tr.Mean, tr.Std)
	}
	tr = fitTransform([]float64{1, 2, 3, 4, 5, 6, 7}, 0, 3) // two values between knots
	if !closeTo(tr.X, []float64{1, 3, 5, 7}) || !closeTo(tr.Z, quantiles(1./8, 3./8, 5./8, 7./8)) {
		t.Errorf("any digits: knots %v, %v", tr.X, tr.Z)
	}
	if !closeTo([]float64{tr.Std}, []float64{2}) {
		t.Errorf("deviation %g", tr.Std)
	}
	// Two frequent values with a gap between them, which has the weight of a tenth of a row.
	tr = fitTransform([]float64{0, 0, 0, 0, 10, 10, 10, 10}, 1, 2)
	at := func(x float64) float64 {
		k := slices.IndexFunc(tr.X, func(v float64) bool { return math.Abs(v-x) < 1e-9 })
		if k < 0 {
			t.Fatalf("no knot at %g among %v", x, tr.X)
		}
		return tr.Z[k]
	}
	got := []float64{at(-.5), at(-.5 + 1./17), at(.5), at(9.5), at(10.5)}
	if !closeTo(got, quantiles(.5/9.1, (4./17+.5)/9.1, 4.5/9.1, 4.6/9.1, 8.6/9.1)) {
		t.Errorf("frequent values: %v", got)
	}
	if n := len(tr.X); n != 2*18 {
		t.Errorf("%d knots", n)
	}
	// A point with mass takes all z of its share.
	tr = fitTransform([]float64{1, 1, 1, 5}, 0, 4)
	if !closeTo(tr.X, []float64{1, 1, 5}) || !closeTo(tr.Z, quantiles(.1, .7, .8)) {
		t.Errorf("a point: knots %v, %v", tr.X, tr.Z)
	}
}

// The slopes of the tails are those from the outer tenth to the end.
func TestTransformTailSlopes(t *testing.T) {
	const n = 1000
	sorted := make([]float64, n)
	for i := range sorted {
		sorted[i] = -math.Log1p(-(float64(i) + 0.5) / n) // exponential
	}
	tr := fitTransform(sorted, 0, n)
	ends := quantiles(1./(n+1), .1, .9, 1-1./(n+1))
	want := [2]float64{(-math.Log(.9) - sorted[0]) / (ends[1] - ends[0]), (sorted[n-1] - math.Log(10)) / (ends[3] - ends[2])}
	for k, w := range want {
		if math.Abs(tr.Tails[k]-w) > 0.01*w {
			t.Errorf("tail %d has slope %g, want %g", k, tr.Tails[k], w)
		}
	}
	last := len(tr.X) - 1
	if x := tr.backward(tr.Z[last]+2, true); math.Abs(x-tr.X[last]-2*tr.Tails[1]) > 1e-9 {
		t.Errorf("2 beyond the last knot is %g", x)
	}
	if x := tr.backward(tr.Z[0]-2, true); math.Abs(x-tr.X[0]+2*tr.Tails[0]) > 1e-9 {
		t.Errorf("2 below the first knot is %g", x)
	}
	if s := tr.logSlope(9, true); math.Abs(s-math.Log(tr.Tails[1])) > 1e-12 {
		t.Errorf("slope %g beyond the last knot", math.Exp(s))
	}
	if s := tr.logSlope(-9, true); math.Abs(s-math.Log(tr.Tails[0])) > 1e-12 {
		t.Errorf("slope %g below the first knot", math.Exp(s))
	}
	for _, few := range [][]float64{{1, 2}, {1, 2, 3}} { // no tenth to estimate from
		tr = fitTransform(few, 1, 10)
		if !closeTo(tr.Tails[:], []float64{tr.Std, tr.Std}) {
			t.Errorf("%v: tails %v, deviation %g", few, tr.Tails, tr.Std)
		}
	}
}

// Between knots the map is linear, and a cell is filled but for a hundredth at each end.
func TestTransformForward(t *testing.T) {
	tr := &Transform{Mean: 1, Std: 2, X: []float64{0, 1, 3}, Z: []float64{-1, 0, 1}, Tails: [2]float64{4, 5}}
	for _, c := range []struct {
		v, step, r float64
		open       bool
		want       float64
	}{
		{0.25, 0, 0.5, false, -0.75}, {2, 0, 0.9, false, 0.5}, {2, 1, 0, false, 0.255}, {2, 1, 1, false, 0.745}, {2, 1, 0.5, false, 0.5},
		{-4, 0, 0.5, true, -2}, {8, 0, 0.5, true, 2}, {-4, 0, 0.5, false, -1}, {8, 0, 0.5, false, 1}, {3, 0, 0.5, false, 1}, {0, 0, 0.5, true, -1},
	} {
		if got := tr.forward(c.v, c.step, c.r, c.open); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v: %g", c, got)
		}
	}
	affine := &Transform{Mean: 1, Std: 2}
	if z, x := affine.forward(4, 1, 1, false), affine.backward(1.5, false); math.Abs(z-1.745) > 1e-12 || x != 4 {
		t.Errorf("affine: %g and %g", z, x)
	}
	if z := (&Transform{Mean: 4}).forward(7, 1, 0, true); z != 0 {
		t.Errorf("a column of one value is encoded as %g", z)
	}
	if s := affine.logSlope(3, false); s != math.Log(2) {
		t.Errorf("slope %g", s)
	}
	if s := tr.logSlope(0.5, false); math.Abs(s-math.Log(2)) > 1e-12 {
		t.Errorf("slope %g", math.Exp(s))
	}
}

func TestTransformInvalid(t *testing.T) {
	inf := math.Inf(1)
	good := Transform{Mean: 1, Std: 1, X: []float64{0, 1, 1}, Z: []float64{0, 1, 2}, Tails: [2]float64{1, 1}}
	if found := good.invalid(); found != "" {
		t.Fatal(found)
	}
	for name, change := range map[string]func(m *Transform){
		"mean":            func(m *Transform) { m.Mean = math.NaN() },
		"infinite mean":   func(m *Transform) { m.Mean = inf },
		"deviation":       func(m *Transform) { m.Std = -1 },
		"one knot":        func(m *Transform) { m.X, m.Z = m.X[:1], m.Z[:1] },
		"lengths":         func(m *Transform) { m.Z = m.Z[:2] },
		"order of x":      func(m *Transform) { m.X = []float64{0, 2, 1} },
		"order of z":      func(m *Transform) { m.Z = []float64{0, 1, 1} },
		"infinite x":      func(m *Transform) { m.X = []float64{0, 1, inf} },
		"infinite z":      func(m *Transform) { m.Z = []float64{-inf, 1, 2} },
		"lower tail":      func(m *Transform) { m.Tails[0] = 0 },
		"upper tail":      func(m *Transform) { m.Tails[1] = -1 },
		"infinite tail":   func(m *Transform) { m.Tails[1] = inf },
		"z without x":     func(m *Transform) { m.X = nil },
		"NaN in z":        func(m *Transform) { m.Z = []float64{0, math.NaN(), 2} },
		"infinite spread": func(m *Transform) { m.Std = inf },
	} {
		m := good
		if change(&m); m.invalid() == "" {
			t.Errorf("%s: accepted", name)
		}
	}
	for u, z := range map[float64]float64{0.5: 0, 0.975: 1.959963984540054, 0.1: -1.2815515655446004, 1e-4: -3.719016485455709} {
		if got := quantileNormal(u); math.Abs(got-z) > 1e-9 {
			t.Errorf("quantile %g: %g, want %g", u, got, z)
		}
	}
}
