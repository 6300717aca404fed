package nn

import (
	"math"
	"testing"

	"tweedie/sde"
)

// The waves of a number are the expectations of sines and cosines of its clean
// value, were it normal: by quadrature over the clean value.
func TestWavesAreExpectations(t *testing.T) {
	const frequencies, mean, variance = 6, -1.5, 4.0
	m, err := New(Config{Hidden: 8, Layers: 1, FourierFeatures: frequencies, Mean: []float64{mean}, Variance: []float64{variance}, Schedule: sde.VP{}})
	if err != nil {
		t.Fatal(err)
	}
	expectation := func(c sde.Coeff, x float64, f func(u float64) float64) float64 {
		var sum, total float64
		for u := -9.0; u <= 9; u += 1e-4 {
			e := (x - c.Alpha*(mean+math.Sqrt(variance)*u)) / c.Sigma
			w := math.Exp(-u*u/2 - e*e/2)
			sum += w * f(u)
			total += w
		}
		return sum / total
	}
	for _, tm := range []float64{0.02, 0.1, 0.3, 0.8} {
		var w coeffs
		c := m.Sched.Coeff(tm)
		m.precond.at(&w, c)
		x := c.Alpha*0.7 + c.Sigma*0.4
		got := make([]float32, 2*frequencies)
		m.fillFourier(got, []float64{x}, nil, &w)
		for k := range frequencies {
			omega := math.Pi / 4 * math.Pow(2, float64(k))
			for s, f := range []func(float64) float64{math.Sin, math.Cos} {
				want := expectation(c, x, func(u float64) float64 { return f(omega * u) })
				if e := math.Abs(float64(got[2*k+s]) - want); e > 1e-5 {
					t.Errorf("t = %g, frequency %d: %g, want %g", tm, k, got[2*k+s], want)
				}
				naive := f(omega * (x - c.Alpha*mean) / math.Sqrt(variance))
				if tm == 0.8 && math.Abs(naive-want) < 1e-5 {
					t.Errorf("frequency %d: waves of the noisy value itself pass", k)
				}
			}
		}
	}
}

// Of values that are given there is no uncertainty, and constants have no waves.
func TestWavesOfGivenValues(t *testing.T) {
	m, err := New(Config{Hidden: 8, Layers: 1, FourierFeatures: 2, Conditional: true, Mean: []float64{1, 3}, Variance: []float64{4, 0}})
	if err != nil {
		t.Fatal(err)
	}
	var w coeffs
	m.precond.at(&w, m.Sched.Coeff(0.9))
	got := make([]float32, 8)
	m.fillFourier(got, []float64{-7, 3}, []float64{2, math.NaN()}, &w)
	sin, cos := math.Sincos(math.Pi / 8)
	for k, want := range []float64{sin, cos, math.Sqrt2 / 2, math.Sqrt2 / 2, 0, 0, 0, 0} {
		if math.Abs(float64(got[k])-want) > 1e-6 {
			t.Errorf("wave %d: %g, want %g", k, got[k], want)
		}
	}
}
