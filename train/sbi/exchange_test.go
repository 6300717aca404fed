package sbi

import (
	"context"
	"os"
	"slices"
	"strings"
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

// A fit finds the points, says so, and does not look for them in ordered data. The choice
// between points and columns, by training both, is for TWEEDIE_LONG.
func TestFitFindsPoints(t *testing.T) {
	p := linearPrior(t, 2)
	for _, ordered := range []bool{false, true} {
		o := Options{Prior: p, Ordered: ordered, Steps: trialWorth, Hidden: 16, Layers: 2, many: 1}
		f := &fit{o: o, sims: normalSets(600, 1), m: &Model{prior: p}}
		var err error
		if f.z, err = whitened(p, f.sims.Theta); err != nil {
			t.Fatal(err)
		}
		if err := f.see(); err != nil {
			t.Fatal(err)
		}
		g, err := f.asPoints()
		if err != nil {
			t.Fatal(err)
		}
		said := g != nil && slices.ContainsFunc(g.m.summary.Caveats, func(c string) bool { return strings.Contains(c, "5 exchangeable points of one number each") })
		if found := g != nil && g.m.features.Blocks == (Blocks{5, 1}); found == ordered || said != found {
			t.Errorf("ordered %t: found %t, said %t", ordered, found, said)
		}
		if os.Getenv("TWEEDIE_LONG") == "" {
			continue
		}
		m, err := Fit(context.Background(), f.sims, &o)
		if err != nil {
			t.Fatal(err)
		}
		if m.features.Blocks.Points == 5 == ordered {
			t.Errorf("ordered %t: blocks %v, caveats %q", ordered, m.features.Blocks, m.Summary().Caveats)
		}
		sameAfterFile(t, m, normalSets(1, 9).X)
	}
	if _, err := Fit(context.Background(), normalSets(100, 1), &Options{Prior: p, Ordered: true, Exchangeable: Blocks{5, 1}}); err == nil {
		t.Error("ordered points")
	}
}
