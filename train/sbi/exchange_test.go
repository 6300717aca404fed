package sbi

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// The points of slcp are found; the columns of the other tasks are no points, and are not
// taken for them at 500 simulations either.
func TestPointsOfTheTasks(t *testing.T) {
	for name, want := range map[string]Blocks{
		"slcp": {4, 2}, "gaussian_linear": {}, "gaussian_linear_uniform": {}, "gaussian_mixture": {},
		"two_moons": {}, "bernoulli_glm": {}, "bernoulli_glm_raw": {}, "sir": {}, "slcp_distractors": {}, "lotka_volterra": {},
	} {
		for _, n := range []int{500, 3000} {
			if n > 500 && name == "lotka_volterra" {
				continue // an ODE each
			}
			k, sims := task(t, name, n, 3)
			z, err := whitened(k.Prior(), sims.Theta)
			if err != nil {
				t.Fatal(err)
			}
			if got := findPoints(sims.X, z); got != want {
				t.Errorf("%s, %d simulations: %v, want %v", name, n, got, want)
			}
		}
	}
}

// made returns rows of p numbers by their parameter and noise.
func made(n, p int, row func(to []float64, z float64, e []float64)) (x, z *mat.Dense) {
	rng := stream.New(5, "test/points")
	x, z = mat.NewDense(n, p, nil), mat.NewDense(n, 1, nil)
	e := make([]float64, p+1)
	for i := range n {
		for k := range e {
			e[k] = rng.NormFloat64()
		}
		z.Set(i, 0, rng.NormFloat64())
		row(x.RawRowView(i), z.At(i, 0), e)
	}
	return x, z
}

// A stationary series has columns of one law, and an order.
func TestSeriesAreNoPoints(t *testing.T) {
	for name, c := range map[string]struct {
		row  func(to []float64, z float64, e []float64)
		want Blocks
	}{
		"independent draws": {func(to []float64, z float64, e []float64) {
			for k := range to {
				to[k] = z + e[k]
			}
		}, Blocks{6, 1}},
		"a moving average": {func(to []float64, z float64, e []float64) {
			for k := range to {
				to[k] = z + e[k] + 0.5*e[k+1]
			}
		}, Blocks{}},
		"volatility that lasts": {func(to []float64, _ float64, e []float64) {
			for k := range to {
				to[k] = e[k] * (1 + e[k+1]*e[k+1])
			}
		}, Blocks{}},
		"one that knows the sign": {func(to []float64, z float64, e []float64) {
			for k := range to {
				to[k] = z*z + e[k]
			}
			to[3] += 0.3 * z
		}, Blocks{}},
		"one with another noise": {func(to []float64, z float64, e []float64) {
			for k := range to {
				to[k] = z + e[k]
			}
			to[1] += 0.3 * e[1]
		}, Blocks{}},
		"pairs": {func(to []float64, z float64, e []float64) {
			for k := range to {
				to[k] = z + e[k]
				if k%2 == 1 {
					to[k] = e[k] + 0.5*e[k-1]
				}
			}
		}, Blocks{3, 2}},
	} {
		x, z := made(5000, 6, c.row)
		if got := findPoints(x, z); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
