package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// A row in which numbers are missing is guided as by an observation of the others
// alone: the denoiser of the exact posterior, row by row.
func TestMissingNumbersAreNotObserved(t *testing.T) {
	sched := sde.VP{}
	diag := gaussian(sched, []float64{1, -1, 0.5}, 0.5, 0, 0, 0, 2, 0, 0, 0, 1.3)
	nan := math.NaN()
	y := mat.NewDense(5, 3, []float64{1, 2, -1, nan, 2, -1, 1, nan, nan, nan, nan, nan, 0.5, nan, 0.2})
	for _, sd := range []float64{0.3, 0} {
		o := sde.Observation{A: sde.Columns{Dim: 3, Index: []int{2, 0, 1}}, Y: y, Error: sde.NormalError{SD: sd}, Missing: true}
		linear := o
		linear.A = sde.NewLinearMap(mat.NewDense(3, 3, []float64{1, 1, 0, 0.5, -1, 2, 0, 1, 1}))
		for name, c := range map[string]struct {
			prior *sde.Gaussian
			term  guide.Term
			A     *mat.Dense
		}{
			"MMPS":                 {full(sched), guide.MMPS{Observation: o}, mat.NewDense(3, 3, []float64{0, 0, 1, 1, 0, 0, 0, 1, 0})},
			"MMPS, linear":         {full(sched), guide.MMPS{Observation: linear}, linear.A.(sde.LinearMap).M},
			"iterative":            {full(sched), guide.MMPS{Observation: linear, Solver: guide.Iterative, Iters: 5, Tol: 1e-15}, linear.A.(sde.LinearMap).M},
			"PiGDM":                {diag, guide.PiGDM{Observation: linear}, linear.A.(sde.LinearMap).M},
			"PiGDM, one at a time": {diag, guide.PiGDM{Observation: o}, mat.NewDense(3, 3, []float64{0, 0, 1, 1, 0, 0, 0, 1, 0})},
		} {
			p := guide.New(c.prior, c.term)
			if err := p.Err(); err != nil {
				t.Fatal(err)
			}
			if name == "iterative" && sd == 0 {
				continue // as ill-conditioned as σ is small
			}
			for _, tt := range []float64{0.1, 0.5, 0.9} {
				x := points(c.prior, tt).Slice(0, 5, 0, 3).(*mat.Dense)
				got := denoise(t, p, x, tt)
				for i := range 5 {
					want := denoise(t, without(c.prior, c.A, sd, y.RawRowView(i)), x, tt)
					wrong := denoise(t, without(c.prior, c.A, sd, y.RawRowView((i+1)%5)), x, tt)
					if !mat.EqualApprox(got.RowView(i), want.RowView(i), 1e-9) {
						t.Errorf("%s, SD %g, t = %g, row %d: %v, want %v", name, sd, tt, i, got.RawRowView(i), want.RawRowView(i))
					}
					if mat.EqualApprox(got.RowView(i), wrong.RowView(i), 1e-6) {
						t.Errorf("%s, SD %g, t = %g, row %d: the next row's numbers pass", name, sd, tt, i)
					}
				}
			}
		}
	}
}

// without is the posterior given the numbers of y that are there.
func without(l *sde.Gaussian, A *mat.Dense, sd float64, y []float64) sde.Law {
	var rows, ys, sds []float64
	for j, v := range y {
		if !math.IsNaN(v) {
			rows, ys, sds = append(rows, A.RawRowView(j)...), append(ys, v), append(sds, sd)
		}
	}
	if len(ys) == 0 {
		return l
	}
	return exact(l, mat.NewDense(len(ys), 3, rows), sds, ys...)
}

// The twists leave the missing out too.
func TestMissingNumbersHaveNoDensity(t *testing.T) {
	g := full(sde.VP{})
	nan := math.NaN()
	A := mat.NewDense(3, 3, []float64{1, 1, 0, 0.5, -1, 2, 0, 1, 1})
	some := sde.Observation{A: sde.NewLinearMap(A), Y: row(2, nan, 0.4), Error: sde.NormalError{SD: 0.3}, Missing: true}
	rest := obs(sde.NewLinearMap(mat.NewDense(2, 3, []float64{1, 1, 0, 0, 1, 1})), 0.3, 2, 0.4)
	for name, c := range map[string][2]guide.Term{
		"MMPS":  {guide.MMPS{Observation: some}, guide.MMPS{Observation: rest}},
		"PiGDM": {guide.PiGDM{Observation: some}, guide.PiGDM{Observation: rest}},
		"DPS":   {guide.DPS{Observation: some}, guide.DPS{Observation: rest}},
	} {
		x := points(g, 0.4)
		a, b := make([]float64, 7), make([]float64, 7)
		if guide.New(g, c[0]).LogProb(a, x, []float64{0.4}) != nil || guide.New(g, c[1]).LogProb(b, x, []float64{0.4}) != nil {
			t.Fatal(name)
		}
		for i := range a {
			if math.Abs(a[i]-b[i]) > 1e-9*math.Max(1, math.Abs(b[i])) {
				t.Errorf("%s, row %d: %g, want %g", name, i, a[i], b[i])
			}
		}
	}
}
