package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// What is a function of time is taken at the time of the rows, from noise at t = 1 to data
// at t = 0: guided means of N(.5, .3), y = x_0 + e, by their formulas.
func TestFunctionsOfTime(t *testing.T) {
	const m, v, x, y, sd = 0.5, 0.3, 0.9, 1.7, 0.4
	g, err := sde.NewGaussian([]float64{m}, mat.NewSymDense(1, []float64{v}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	one := func(e sde.Likelihood) sde.Observation {
		return sde.Observation{A: sde.Columns{Dim: 1, Index: []int{0}}, Y: mat.NewDense(1, 1, []float64{y}), Error: e}
	}
	at := func(t float64) (d, jac, tweedie, ratio float64) {
		c := sde.VP{}.Coeff(t)
		total := c.Alpha*c.Alpha*v + c.Sigma*c.Sigma
		jac = c.Alpha * v / total
		return m + jac*(x-c.Alpha*m), jac, c.Sigma * c.Sigma / c.Alpha, (c.Alpha*c.Alpha + c.Sigma*c.Sigma) / (c.Sigma * c.Sigma)
	}
	f := func(t float64) float64 { return 1 + 3*t }
	normal := one(sde.NormalError{SD: sd})
	annealed := one(sde.AnnealedError{Error: sde.NormalError{SD: sd}, Epsilon: f})
	prior, err := sde.NewGaussian([]float64{-1}, mat.NewSymDense(1, []float64{2}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		term guide.Term
		want func(t float64, f func(float64) float64) float64
	}{
		"the norm form": {guide.DPSNorm{Observation: normal, ZetaFunc: f}, func(t float64, f func(float64) float64) float64 {
			d, jac, k, ratio := at(t)
			return d + k*f(t)*ratio*jac // towards y, which is above D
		}},
		"annealed DPS": {guide.DPS{Observation: annealed}, func(t float64, f func(float64) float64) float64 {
			d, jac, k, _ := at(t)
			return d + k*jac*(y-d)/(f(t)*f(t)*sd*sd)
		}},
		"annealed MMPS": {guide.MMPS{Observation: annealed}, func(t float64, f func(float64) float64) float64 {
			d, jac, k, _ := at(t)
			return d + k*jac*(y-d)/(f(t)*f(t)*sd*sd+k*jac)
		}},
		"a scaled prior": {guide.AffineScore{Prior: prior, PriorScale: []float64{0.4}}, func(t float64, _ func(float64) float64) float64 {
			d, _, k, _ := at(t)
			c := sde.VP{}.Coeff(t)
			return d + k*(0.4-1)*(-c.Alpha-x)/(2*c.Alpha*c.Alpha+c.Sigma*c.Sigma)
		}},
	} {
		for _, u := range []float64{0.15, 0.8} {
			got := mat.NewDense(1, 1, nil)
			if err := guide.New(g, c.term).Denoise(got, mat.NewDense(1, 1, []float64{x}), []float64{u}); err != nil {
				t.Fatal(err)
			}
			if want := c.want(u, f); math.Abs(got.At(0, 0)-want) > 1e-9*math.Max(1, math.Abs(want)) {
				t.Errorf("%s at %g: %.9g, want %.9g", name, u, got.At(0, 0), want)
			}
			back := c.want(u, func(t float64) float64 { return f(1 - t) })
			if name != "a scaled prior" && math.Abs(got.At(0, 0)-back) < 1e-6 {
				t.Errorf("%s at %g: time in reverse passes", name, u)
			}
		}
	}
}
