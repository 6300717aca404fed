package oracle

import (
	"math"
	"testing"
)

// A grid carries the Gaussian chain where the recursion of Observed does.
func TestGridsFollowGaussianChains(t *testing.T) {
	g := Squares{[]float64{1}, []float64{0}, []float64{1}}
	_, v := Observed{C: 1}.Ancestral(64, Unguided, 1, 1, true)
	d := g.Ancestral(64)
	last, sd := g.step(1, 64)
	got := d.Mean(func(x float64) float64 { return last(x) * last(x) }) + sd*sd
	if math.Abs(got-v) > 1e-5 {
		t.Errorf("variance %.6f, want %.6f", got, v)
	}
	// tilted by a likelihood, the evidence of N(0, v)
	y, r := 1.5, 0.25
	f := func(x float64) float64 { return -0.5*(y-x)*(y-x)/r - 0.5*math.Log(2*math.Pi*r) }
	m, z := g.Tilt(64, f)
	want := -0.5*y*y/(v+r) - 0.5*math.Log(2*math.Pi*(v+r))
	if math.Abs(m-v/(v+r)*y) > 1e-4 || math.Abs(z-want) > 1e-4 {
		t.Errorf("mean %.5f, evidence %.5f, want %.5f, %.5f", m, z, v/(v+r)*y, want)
	}
	if m, _ := g.Tilt(32, f); math.Abs(m-v/(v+r)*y) < 1e-3 {
		t.Error("half as many steps pass")
	}
}

// The tilted mean of the chain that an independent Monte Carlo program found
// with a standard error of .005, and that of the data.
func TestTiltedMeanOfTheChain(t *testing.T) {
	g := Squares{[]float64{0.3, 0.7}, []float64{-2, 1.5}, []float64{0.5, 0.6}}
	f := func(x float64) float64 { return -0.5 * (x - 0.5) * (x - 0.5) }
	m, _ := g.Tilt(100, f)
	if math.Abs(m-1.117) > 0.015 {
		t.Errorf("mean %.4f, want 1.117", m)
	}
	t.Logf("%.4f", m)
	data := NewDensity(-9, 9, 4001, func(x float64) float64 { return g.Density(x, 0) * math.Exp(f(x)) })
	if got := data.Mean(func(x float64) float64 { return x }); math.Abs(got-1.0976) > 1e-4 {
		t.Errorf("mean of the data %.5f, want 1.0976", got)
	}
}

// The closed form of a quadratic tilt is what a sum over a grid gives.
func TestQuadraticTiltIsThatOfAGrid(t *testing.T) {
	const m, v, b, k = 0.4, 1.3, 1.2, 0.7
	d := NewDensity(-12, 12, 4001, func(x float64) float64 { return math.Exp(-0.5 * (x - m) * (x - m) / v) })
	f := func(x float64) float64 { return math.Exp(b*x - 0.5*k*x*x) }
	z := d.Mean(f)
	m1 := d.Mean(func(x float64) float64 { return x * f(x) }) / z
	m2 := d.Mean(func(x float64) float64 { return x * x * f(x) }) / z
	mean, variance, logZ := Quadratic(m, v, b, k)
	if math.Abs(m1-mean) > 1e-9 || math.Abs(m2-m1*m1-variance) > 1e-9 || math.Abs(math.Log(z)-logZ) > 1e-9 {
		t.Errorf("%g, %g, %g; want %g, %g, %g", mean, variance, logZ, m1, m2-m1*m1, math.Log(z))
	}
}
