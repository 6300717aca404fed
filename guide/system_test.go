package guide

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Two observations without error that repeat each other up to rounding are one: neither
// solver divides by the difference.
func TestSystemsOfRepetitions(t *testing.T) {
	const r0 = 0.3
	want := -r0*r0/2 - math.Log(2*math.Pi*2)/2 // log N(0.3 √2; 0, 2) along the range, (1, 1)/√2
	for _, c := range []struct {
		name  string
		solve func(y system, r, v []float64) float64
	}{
		{"solve", func(y system, r, v []float64) float64 { return y.solve(r, v) }},
		{"direct", func(y system, r, v []float64) float64 { return y.direct(make([]float64, 4), r, v, false) }},
	} {
		y := system{2, []float64{1, 1, 1, 1 + 4e-15}, make([]float64, 4), make([]float64, 2), make([]float64, 2)}
		r := []float64{r0, r0 + 1e-14}
		logp := c.solve(y, r, []float64{0, 0})
		if math.Abs(r[0]-r0/2) > 1e-9 || math.Abs(r[1]-r0/2) > 1e-9 {
			t.Errorf("%s: %v, want %v twice", c.name, r, r0/2)
		}
		if c.name == "solve" && math.Abs(logp-want) > 1e-9 {
			t.Errorf("%s: log density %v, want %v", c.name, logp, want)
		}
	}
}

// The iterative solver makes as many steps as there are numbers, and at most ten.
func TestDefaultIterations(t *testing.T) {
	for m, want := range map[int]int{2: 2, 8: 8, 10: 10, 20: 10} {
		at := make([]int, m)
		for j := range at {
			at[j] = j
		}
		g := MMPS{Observation: sde.Observation{A: sde.Columns{Dim: 20, Index: at}, Y: mat.NewDense(1, m, nil), Error: sde.NormalError{SD: 1}}, Solver: Iterative}
		if got := g.iters(); got != want {
			t.Errorf("%d iterations for %d numbers, want %d", got, m, want)
		}
	}
}

// The log probability of bounds is that of the half-space, and has a floor.
func TestLogProbOfBounds(t *testing.T) {
	law, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0.3, 0.3, 2}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	first := sde.OperatorFunc{Dim: 2, Out: 1,
		F:    func(dst, x []float64) { dst[0] = x[0] },
		Grad: func(dst, _, v []float64) { dst[0], dst[1] = v[0], 0 },
	}
	x := mat.NewDense(1, 2, []float64{0.1, -0.4})
	for lo, floor := range map[float64]bool{0: false, 2: false, 5: false, 1e6: true} {
		var got, want [1]float64
		for k, term := range []Term{Bounds{A: first, Lo: lo, Hi: math.Inf(1)}, Within{{A: []float64{1, 0}, Lo: lo, Hi: math.Inf(1)}}} {
			dst := got[:]
			if k == 1 {
				dst = want[:]
			}
			if err := New(law, term).LogProb(dst, x, []float64{0.4}); err != nil {
				t.Fatal(err)
			}
		}
		if floor {
			want[0] = math.Log(1e-300)
		}
		if math.Abs(got[0]-want[0]) > 1e-9*math.Abs(want[0]) {
			t.Errorf("above %g: %v, want %v", lo, got[0], want[0])
		}
	}
}

// A number that was not observed is not in the density.
func TestDirectDensityWithoutTheMissing(t *testing.T) {
	y := system{2, []float64{1, 0.2, 0.2, 1}, make([]float64, 4), make([]float64, 2), make([]float64, 2)}
	got := y.direct(make([]float64, 4), []float64{0.3, 0}, []float64{0.5, math.Inf(1)}, true)
	if want := -0.3*0.3/1.5/2 - math.Log(2*math.Pi*1.5)/2; math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want log N(0.3; 0, 1.5) = %v", got, want)
	}
}

// The residual of a count is its difference to the rate in standard deviations of it.
func TestResidualOfCounts(t *testing.T) {
	o := sde.Observation{A: sde.Columns{Dim: 1, Index: []int{0}}, Y: mat.NewDense(1, 1, []float64{9}), Error: sde.PoissonLikelihood{}}
	x := mat.NewDense(1, 1, []float64{math.Log(4)}) // a rate of 4
	var sum, count [1]float64
	if err := addResidual(o, sum[:], count[:], x, State{X: x, T: []float64{0.5}, ws: &workspace{}}); err != nil {
		t.Fatal(err)
	}
	if want := 5. * 5 / 4; math.Abs(sum[0]-want) > 1e-12 || count[0] != 1 {
		t.Errorf("%v of %v numbers, want %v of 1", sum[0], count[0], want)
	}
}
