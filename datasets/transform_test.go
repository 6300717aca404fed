package datasets

import (
	"math"
	"slices"
	"testing"

	"tweedie/internal/stream"
)

// sortedDraws returns n sorted draws, rounded to cells of step.
func sortedDraws(n int, step float64, draw func(u, v float64) float64) []float64 {
	r := stream.New(5, "datasets/test", uint64(n))
	values := make([]float64, n)
	for i := range values {
		values[i] = draw(r.Float64(), r.NormFloat64())
		if step > 0 {
			values[i] = math.Round(values[i]/step) * step
		}
	}
	slices.Sort(values)
	return values
}

func heaped(u, z float64) float64 {
	if u < 0.4 {
		return 40
	}
	return 40 + 12*z
}

func skewed(_, z float64) float64 { return math.Exp(1.5 * z) }

// normalDistance is the Kolmogorov distance of z from the standard normal law.
func normalDistance(z []float64) float64 {
	slices.Sort(z)
	most := 0.0
	for i, v := range z {
		u := 0.5 * math.Erfc(-v/math.Sqrt2)
		most = max(most, math.Abs(u-float64(i)/float64(len(z))), math.Abs(u-float64(i+1)/float64(len(z))))
	}
	return most
}

// The encoded values are normal within what n draws of the dequantiser and the
// spacing of the knots allow, and standardized values of the same are not.
func TestTransformIsNormal(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		step  float64
		knots int
		draw  func(u, v float64) float64
	}{
		{"whole numbers, heaped", 20000, 1, 1000, heaped},
		{"decimals, skewed", 20000, 0.01, 1000, skewed},
		{"any digits, skewed", 20000, 0, 1000, skewed},
		{"few whole numbers", 20000, 1, 1000, func(u, _ float64) float64 { return math.Floor(5 * u * u) }},
		{"few rows", 400, 0.1, 40, heaped},
	} {
		sorted := sortedDraws(c.n, c.step, c.draw)
		tr, standard := fitTransform(sorted, c.step, c.knots), fitTransform(sorted, c.step, 0)
		if found := tr.invalid(); found != "" {
			t.Fatalf("%s: %s", c.name, found)
		}
		r := stream.New(6, "datasets/test")
		z, s := make([]float64, c.n), make([]float64, c.n)
		for i, v := range sorted {
			u := r.Float64()
			z[i], s[i] = tr.forward(v, c.step, u, false), standard.forward(v, c.step, u, false)
		}
		limit := 2/math.Sqrt(float64(c.n)) + 1/float64(c.knots)
		if d := normalDistance(z); d > limit {
			t.Errorf("%s: distance %.4f from normal, limit %.4f", c.name, d, limit)
		}
		if d := normalDistance(s); d < limit {
			t.Errorf("%s: standardised values pass the same check: %.4f", c.name, d)
		}
		if len(tr.X) > 3*c.knots+64 {
			t.Errorf("%s: %d knots", c.name, len(tr.X))
		}
	}
}

// Rounding what comes back restores every value, seen or between, whatever the
// draw within the cell; a cell that is too wide does not.
func TestTransformRestores(t *testing.T) {
	restores := func(draw func(u, v float64) float64, step, width float64, knots int) bool {
		sorted := sortedDraws(3000, step, draw)
		tr := fitTransform(sorted, step, knots)
		if knots > 0 && !slices.IsSorted(tr.X) {
			t.Fatal("knots out of order")
		}
		for v := sorted[0]; v <= sorted[len(sorted)-1]; v += step * math.Ceil((sorted[len(sorted)-1]-sorted[0])/step/5000) {
			v = math.Round(v/step) * step
			for _, r := range []float64{0, 0.01, 0.3, 0.5, 0.999999} {
				x := tr.backward(tr.forward(v, width, r, false), false)
				if math.Round(x/step) != math.Round(v/step) {
					return false
				}
			}
		}
		return true
	}
	for _, step := range []float64{1, 0.01, 1e-7} {
		for _, knots := range []int{0, 10, 300, 3000} {
			if !restores(skewed, step, step, knots) || !restores(heaped, step, step, knots) {
				t.Errorf("steps of %g with %d knots: a value changed", step, knots)
			}
		}
	}
	if restores(heaped, 1, 1.1, 300) {
		t.Error("too wide a cell passes")
	}
}

// A value without decimals that is repeated keeps its mass at one point.
func TestTransformKeepsPoints(t *testing.T) {
	sorted := slices.Concat(slices.Repeat([]float64{math.Pi}, 50), []float64{4.5, 5.25, 6.125}, slices.Repeat([]float64{7}, 30), slices.Repeat([]float64{8}, 30))
	tr := fitTransform(sorted, 0, 10)
	if found := tr.invalid(); found != "" {
		t.Fatal(found)
	}
	for _, v := range []float64{math.Pi, 7, 8} {
		lo, hi := tr.forward(v, 0, 0, false), tr.forward(v, 0, 1, false)
		if share := 0.5 * (math.Erfc(-hi/math.Sqrt2) - math.Erfc(-lo/math.Sqrt2)); share < 0.19 {
			t.Errorf("%g has a share of %.3f", v, share)
		}
		for _, r := range []float64{0.001, 0.5, 0.999} {
			if got := tr.backward(tr.forward(v, 0, r, false), false); got != v {
				t.Errorf("%v came back as %v", v, got)
			}
		}
		if s := tr.logSlope((lo+hi)/2, false); !math.IsInf(s, -1) {
			t.Errorf("slope %v at a point", s)
		}
	}
}

// Beyond what was seen values are clipped, or go on along the tails.
func TestTransformTails(t *testing.T) {
	sorted := sortedDraws(2000, 0.1, heaped)
	tr := fitTransform(sorted, 0.1, 200)
	lo, hi := sorted[0], sorted[len(sorted)-1]
	for _, z := range []float64{-9, -5, 5, 9} {
		if x := tr.backward(z, false); x < lo-0.051 || x > hi+0.051 {
			t.Errorf("%g is decoded as %g, beyond [%g, %g]", z, x, lo, hi)
		}
	}
	last := math.Inf(-1)
	for z := -8.0; z < 8; z += 0.01 {
		x := tr.backward(z, true)
		if x <= last {
			t.Fatalf("not increasing at %g", z)
		}
		if back := tr.forward(x, 0, 0.5, true); math.Abs(back-z) > 1e-9 {
			t.Fatalf("%g came back as %g", z, back)
		}
		last = x
	}
	if x := tr.backward(8, true); x < hi+10 || x > hi+500 {
		t.Errorf("8 standard deviations are %g, with %g the largest seen", x, hi)
	}
}

// logSlope is the derivative of backward.
func TestTransformSlope(t *testing.T) {
	sorted := sortedDraws(2000, 0.1, heaped)
	for _, tr := range []*Transform{fitTransform(sorted, 0.1, 200), fitTransform(sorted, 0.1, 0)} {
		for z := -5.0; z < 5; z += 0.0371 {
			const h = 1e-7
			a, b := tr.backward(z-h, true), tr.backward(z+h, true)
			slope := math.Exp(tr.logSlope(z, true))
			if left, right := math.Exp(tr.logSlope(z-h, true)), math.Exp(tr.logSlope(z+h, true)); left == right && math.Abs((b-a)/(2*h)-slope) > 1e-5*slope+1e-6 {
				t.Errorf("at %g: %g, by differences %g", z, slope, (b-a)/(2*h))
			}
		}
	}
}
