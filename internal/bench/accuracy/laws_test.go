package accuracy

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// printedErrors are those of an independent program in exact arithmetic, on
// N(1, 0.5²) from the exact law at t = 1 to t = 1e-3.
var printedErrors = []struct {
	sampler string
	nfe     int
	want    float64
}{
	{"euler", 10, 9.3e-2}, {"euler", 160, 4.4e-3}, {"reverse", 20, 5.5e-2}, {"ancestral", 40, 3.5e-2},
	{"stochastic-heun", 80, 1.6e-3}, {"shark", 40, 7.0e-3}, {"dpmpp2m-sde", 20, 1.5e-2}, {"ddim", 20, 5.6e-2},
	{"dpmpp2m", 40, 1.8e-3}, {"unipc", 20, 4.1e-3}, {"heun", 20, 3.5e-2}, {"dpmpp2s", 80, 1.7e-3}, {"rk4", 80, 1.5e-3},
}

// printsAs reports whether v rounds to want, which has two digits.
func printsAs(v, want float64) bool {
	unit := math.Pow(10, math.Floor(math.Log10(want))-1)
	return math.Abs(v-want) <= 0.56*unit
}

func TestAffineErrors(t *testing.T) {
	d := normal1(1, 0.5)
	for _, c := range printedErrors {
		i := slices.IndexFunc(onLaws(), func(s setting) bool { return s.name == c.sampler })
		s := onLaws()[i]
		e, err := affineError(d, s.method, s.times(c.nfe, sde.VP{}, lawsEnd))
		if err != nil {
			t.Fatal(err)
		}
		if !printsAs(e, c.want) {
			t.Errorf("%s, NFE %d: error %.3g, want %.2g", c.sampler, c.nfe, e, c.want)
		}
	}
	ts := sample.UniformGrid{}.Times(sde.VP{}, 1, lawsEnd, 160)
	if e, err := affineError(d, drifting{sample.EulerMaruyama{}}, ts); err != nil || printsAs(e, 4.4e-3) {
		t.Errorf("a step that drifts: error %.3g, as without; %v", e, err)
	}
}

// drifting is a method whose steps add a little: the planted error.
type drifting struct{ sample.Method }

func (m drifting) New(d sde.Denoiser, n int) sample.Stepper { return driftingStep{m.Method.New(d, n)} }

type driftingStep struct{ sample.Stepper }

func (s driftingStep) Step(x *mat.Dense, t, u float64, z sde.Noise) error {
	err := s.Stepper.Step(x, t, u, z)
	x.Apply(func(_, _ int, v float64) float64 { return v + 1e-3 }, x)
	return err
}

// The quantiles are those of the density: as many lie below each.
func TestBimodalQuantiles(t *testing.T) {
	const n = 2000
	d := bimodal()
	for _, at := range []float64{lawsEnd, 0.3, 1} {
		q := quantiles(d, n, at)
		lp := make([]float64, n)
		d.LogProb(lp, mat.NewDense(n, 1, append([]float64(nil), q...)), []float64{at})
		for i := 1; i < n-1; i++ {
			// Between neighbours is 1/n of the mass: the density, but for curvature.
			p := 2 / (float64(n) * (q[i+1] - q[i-1]))
			if r := math.Exp(lp[i]) / p; math.Exp(lp[i]) > 0.1 && math.Abs(r-1) > 0.02 {
				t.Fatalf("t %g, quantile %d: density %.4g, by differences %.4g", at, i, math.Exp(lp[i]), p)
			}
		}
	}
	x := []float64{3, 1, 2}
	if w := wasserstein1(x, []float64{1, 2, 4}); math.Abs(w-1.0/3) > 1e-15 {
		t.Errorf("distance %g, want 1/3", w)
	}
}
